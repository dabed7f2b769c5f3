"""Query to hits: reads the current generation, asks both channels, fuses them and builds the answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from search_service.candidates import Candidates, Question, find_candidates, make_question, meet_words, rescore_candidates
from search_service.completions import Completion
from search_service.embedder import Embedder
from search_service.evidence import gather_evidence
from search_service.facets import count_facets
from search_service.fusion import Rows, rank
from search_service.guidance import Guides
from search_service.hits import Neighbour, Result, Suggestions, Total
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.store import Reader
from search_service.knowledge_base.terms import QueryTerm, also_searched
from search_service.library import NO_DOCUMENT, Library, find_position, find_row
from search_service.neighbours import find_neighbours
from search_service.presentation import present_hits
from search_service.queries import Filters, Grouping, Mode, Query, Sort
from search_service.ranking import SHIPPED, Ranking, reduce_terms
from search_service.references import write_section_signs
from search_service.relevance import Evidence, asks_in_english, fits
from search_service.restrictions import Restriction, restrict
from search_service.scope import Scopes, name_unknown_values, narrow
from search_service.synonyms import NO_SYNONYMS, Thesaurus
from search_service.umlauts import restore_umlauts
from search_service.variety import COLLAPSED, Choice, collapse, limit_documents
from search_service.wording import Wording, flatten, parse_wording, write_wording

MIN_NUMBER = 3  # signs of a number that names something: "9001", "§ 999"; "5 Tage" may well be found as "fünf Tage"
MOST_NUMBERS = 3  # told of in one answer


@dataclass(frozen=True, slots=True)
class Status:
    """What the service can do at this moment."""

    generation: int
    updated_at: datetime  # when the generation was published, UTC
    documents: int
    passages: int
    model: str | None  # fingerprint of the vectors' model; None without vectors
    semantic: bool  # whether search by meaning works
    notices: tuple[str, ...]  # German sentences about what does not work, with the cure


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to one query before its hits are built: what is shown, best first."""

    question: Question
    candidates: Candidates
    choices: Sequence[Choice]
    wording: Wording
    searched: str  # the question as it was looked up
    suggestions: Suggestions
    restriction: Restriction
    notices: tuple[str, ...]
    seconds: dict[str, float]


class Searcher:
    """Answers queries from the current generation. Safe to use from several threads."""

    def __init__(
        self,
        reader: Reader,
        embedder: Embedder | None = None,
        without_embedder: str | None = None,
        *,
        thesaurus: Thesaurus = NO_SYNONYMS,
        ranking: Ranking = SHIPPED,
        watch: Callable[[Query, Result], None] | None = None,
    ) -> None:
        """Take the embedder for search by meaning, or a German sentence that says why there is none.

        `watch` is told of every search, as for counting them.
        """
        self.library = Library(reader)
        self._reader = reader
        self._embedder = embedder
        self._without_embedder = without_embedder
        self._thesaurus = thesaurus
        self._ranking = ranking
        self._watch = watch
        self._scopes = Scopes()
        self._guides = Guides()

    def attach_embedder(self, embedder: Embedder | None, without_embedder: str | None = None) -> None:
        """Change the embedder while running, as when the model has been loaded after the start."""
        self._without_embedder = without_embedder
        self._embedder = embedder

    def search(self, query: Query) -> Result:
        """Return the answer to `query`; search by words alone, with a notice, where search by meaning is not possible."""
        started = time.perf_counter()
        found = self._find(query)
        question, generation = found.question, found.question.generation
        start = (query.page - 1) * query.page_size
        shown = _order(found, query.sort)[start : start + query.page_size]
        rows = np.array([choice.row for choice in [*found.choices[:1], *shown]], dtype=np.int64)
        evidence = gather_evidence(question, found.searched, rows)
        met = meet_words(question, rows[1:])
        fitting = bool(len(evidence)) and fits(evidence[0])
        passages_found = Counter(generation.document_of[found.candidates.rows].tolist())
        hits = present_hits(question, found.wording, found.candidates, shown, start, evidence[1:], met, passages_found)
        suggestions = found.suggestions
        if not fitting and found.wording.has_words:
            vector = None if question.embedding is None else question.embedding.vector
            near = self._guides.find(generation).find_near_topics(found.searched, vector)
            suggestions = replace(suggestions, near_topics=tuple(near))

        def find_positions(filters: Filters) -> set[int]:
            scope = narrow(self._scopes.find(generation, filters), found.restriction.rows)
            return set(generation.document_of[find_candidates(question, scope).rows].tolist())

        facets = count_facets(generation.documents, passages_found, query.filters, find_positions)
        seconds = found.seconds
        result = Result(
            hits=tuple(hits),
            total=Total(len(found.choices), "gte" if found.candidates.full else "eq"),
            facets=facets,
            fitting=fitting,
            suggestions=suggestions,
            older_editions=found.candidates.older,
            notices=found.notices,
            generation=generation.manifest.number,
            updated_at=generation.published_at,
            seconds={**seconds, "search": time.perf_counter() - started - sum(seconds.values())},
        )
        if self._watch is not None:
            self._watch(query, result)
        return result

    def rank(self, query: Query) -> tuple[list[str], Evidence | None]:
        """Return the ids of the documents that answer `query`, best first, each once, and the evidence for the best hit.

        As `search` ranks them, without the work of showing them; the evidence is None if there is no hit.
        """
        found = self._find(replace(query, group_by=Grouping.DOCUMENT))
        generation = found.question.generation
        best = np.array([choice.row for choice in found.choices[:1]], dtype=np.int64)
        evidence = gather_evidence(found.question, found.searched, best)
        documents = [generation.documents[int(generation.document_of[choice.row])].id for choice in found.choices]
        return documents[: query.page_size], evidence[0] if evidence else None

    def similar_documents(self, document_id: str, limit: int = 5) -> list[Neighbour]:
        """Return at most `limit` other documents about the same, the nearest first; raise NotFound."""
        generation, _ = self._reader.current()
        return self._find_neighbours(generation, generation.rows_of(find_position(generation, document_id)), limit)

    def similar_passages(self, passage_id: str, limit: int = 5) -> list[Neighbour]:
        """Return passages about the same, at most `limit` and each of another document, the nearest first; raise NotFound."""
        generation, _ = self._reader.current()
        return self._find_neighbours(generation, np.array([find_row(generation, passage_id)], dtype=np.int64), limit)

    def _find_neighbours(self, generation: Generation, rows: Rows, limit: int) -> list[Neighbour]:
        return find_neighbours(generation, rows, self._scopes.find(generation, Filters()), self._ranking, limit)

    def complete(self, prefix: str, limit: int = 5) -> list[Completion]:
        """Return at most `limit` titles, headings and terms of the corpus that begin like `prefix`."""
        generation, _ = self._reader.current()
        return self._guides.find(generation).complete(prefix, limit)

    def prepare(self) -> None:
        """Work out what else the first questions of a generation would wait for; seconds at 100,000 passages."""
        generation, _ = self._reader.current()
        self._guides.find(generation).prepare()

    def _find(self, query: Query) -> Found:
        """Return the ranked passages for `query`."""
        generation, reader_notice = self._reader.current()
        embedder, embedder_notice = self._usable_embedder(generation) if query.mode is not Mode.LEXICAL else (None, None)
        seconds: dict[str, float] = {}
        clock = _Clock(seconds)
        wording = parse_wording(query.text)
        searched, terms, suggestions = self._read(query, generation, wording)
        restriction = restrict(generation, wording)
        clock.tick("words")
        embedding = None
        if embedder and wording.has_words:
            embedding = embedder.embed_query(restore_umlauts(searched, generation.spellings))
        clock.tick("embedding")
        question = make_question(generation, query.mode, terms, embedding, self._ranking)
        clock.tick("words")
        filtered = self._scopes.find(generation, query.filters)
        scope = narrow(filtered, restriction.rows)
        candidates = find_candidates(question, scope)
        clock.tick("meaning")
        candidates = rescore_candidates(question, candidates)
        clock.tick("rescoring")
        choices = _choose(question, candidates, query.group_by)
        notices = [reader_notice, embedder_notice, *restriction.notices, _explain_wording(wording)]
        notices += _name_unknown_numbers(generation, terms)
        if filtered.rows is not None and not len(filtered.rows):
            notices.append(NO_DOCUMENT)
        notices += name_unknown_values(generation.documents, query.filters)
        told = tuple(notice for notice in notices if notice)
        return Found(question, candidates, choices, wording, searched, suggestions, restriction, told, seconds)

    def _read(self, query: Query, generation: Generation, wording: Wording) -> tuple[str, list[QueryTerm], Suggestions]:
        """Return the question as it is to be searched, its terms, and what to say about both."""
        lexical = generation.lexical

        def analyze(text: str) -> list[QueryTerm]:
            return reduce_terms(lexical.analyze(text, self._thesaurus), self._ranking)

        def has_hits(word: str) -> bool:
            return any(lexical.count_holding(term) for term in analyze(word))

        searched, suggestions = write_section_signs(wording.free), Suggestions()
        meant: dict[str, tuple[str, ...]] = {}
        is_german = not asks_in_english(searched)
        if self._ranking.corrections and not query.verbatim and not wording.phrases and is_german:
            speller = self._guides.find(generation).speller
            correction = speller.correct_question(searched, has_hits)
            if correction is not None:
                # With a word left that nobody knows, the question is rather about something else, or in another language.
                rest = (term.form for term in analyze(correction.text) if term.form.isalpha())
                is_sure = correction.is_sure and all(map(speller.is_known, rest))
                suggestions = Suggestions(write_wording(correction.text, wording), is_sure)
                searched = correction.text if is_sure else searched
            # The parts are the same and are looked for as before, so that hits of the typed word stay hits.
            whole = speller.correct_compounds(searched)
            if whole is not None:
                searched = whole.text
                meant = {change.written: (change.replacement,) for change in whole.changes}
        terms = analyze(searched)
        if not wording.phrases:  # they must be found as they are: nothing else was looked for
            excluded = set(map(flatten, wording.excluded))
            others = {
                asked: tuple(text for text in texts if flatten(text) not in excluded)
                for asked, texts in also_searched(terms).items()
            }
            meant |= {asked: texts for asked, texts in others.items() if texts}
        return searched, terms, replace(suggestions, also_searched=meant)

    def status(self) -> Status:
        """Return what the service can do now."""
        return self._describe(*self._reader.current())

    def peek(self) -> Status | None:
        """Return the same at once, for the event loop; None while a new generation waits to be loaded by a search."""
        state = self._reader.peek()
        return None if state is None else self._describe(*state)

    def _describe(self, generation: Generation, reader_notice: str | None) -> Status:
        embedder, embedder_notice = self._usable_embedder(generation)
        return Status(
            generation.manifest.number,
            generation.published_at,
            generation.manifest.documents,
            generation.manifest.passages,
            generation.manifest.model,
            embedder is not None,
            tuple(notice for notice in (reader_notice, embedder_notice) if notice),
        )

    def _usable_embedder(self, generation: Generation) -> tuple[Embedder | None, str | None]:
        """Return the embedder if its vectors are those of the generation, else None with the reason."""
        embedder, built_with = self._embedder, generation.manifest.model
        if embedder is None:
            reason = self._without_embedder or "Es ist kein Sprachmodell eingerichtet."
        elif generation.manifest.passages == 0:
            return None, "Die Wissensbasis ist leer. Bitte mit „change-wissen ingest“ Dokumente aufnehmen."
        elif built_with is None:
            reason = (
                "Die Wissensbasis enthält noch keine Vektoren. "
                "Bitte „change-wissen model prepare“ und danach „change-wissen ingest“ ausführen."
            )
        elif built_with != embedder.fingerprint:
            reason = (
                f"Die Wissensbasis wurde mit dem Modell {built_with} aufgebaut, eingestellt ist {embedder.fingerprint}. "
                "Bitte das alte Modell einstellen oder mit „change-wissen ingest --reembed“ neu einbetten."
            )
        else:
            return embedder, None
        return None, f"Die Suche nach Bedeutung ist aus, gesucht wird nur nach Wörtern. {reason}"


class _Clock:
    """Adds the time between two ticks to the step that the second one names."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._last = time.perf_counter()

    def tick(self, step: str) -> None:
        now = time.perf_counter()
        self._seconds[step] = self._seconds.get(step, 0.0) + now - self._last
        self._last = now


def _choose(question: Question, candidates: Candidates, grouping: Grouping) -> list[Choice]:
    """Return the candidates to show, best first: the newer on ties, nearly identical ones once, not too many of a document."""
    generation = question.generation
    documents, document_of = generation.documents, generation.document_of
    years = np.array([documents[position].metadata.year or 0 for position in document_of[candidates.rows]], dtype=np.int64)
    order = rank(candidates.scores, years, candidates.rows)
    ranked: Rows = candidates.rows[order]
    vectors = None if generation.dense is None else generation.dense.vectors(ranked[:COLLAPSED])
    choices = collapse(ranked, vectors, years[order], generation.text)
    return limit_documents(choices, document_of, grouping)


def _order(found: Found, sort: Sort) -> Sequence[Choice]:
    """Return the choices in the order asked for; by year, those that do not fit stand behind all that do."""
    if sort is Sort.RELEVANCE:
        return found.choices
    generation = found.question.generation
    rows = np.array([choice.row for choice in found.choices], dtype=np.int64)
    evidence = gather_evidence(found.question, found.searched, rows)
    documents = [generation.documents[position] for position in generation.document_of[rows]]
    keys = [(not fits(each), -(document.metadata.year or 0)) for each, document in zip(evidence, documents, strict=True)]
    return [found.choices[place] for place in sorted(range(len(keys)), key=keys.__getitem__)]


def _explain_wording(wording: Wording) -> str | None:
    """Return what to say to a question whose words cannot be looked up; None if they can."""
    if not wording.has_words:
        what = "nennt nur, was ausgeschlossen ist" if wording.excluded else "enthält kein Wort"
        return f"Die Frage {what}. Bitte mindestens ein Wort eingeben, nach dem gesucht werden soll."
    if not wording.has_telling_words:
        return "Die Frage besteht nur aus Füllwörtern. Ein Stichwort zum Thema führt zu besseren Treffern."
    return None


def _name_unknown_numbers(generation: Generation, terms: Sequence[QueryTerm]) -> list[str]:
    """Return what to say of numbers and sections asked for that stand in no text: other ones are found in their place."""
    unknown = [
        term.written
        for term in terms
        if len(term.written) >= MIN_NUMBER
        and any(sign.isdigit() for sign in term.written)
        and not generation.lexical.count_holding(term)
    ]
    return [f"„{written}“ steht in keinem Text." for written in unknown[:MOST_NUMBERS]]
