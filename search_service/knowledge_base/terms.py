"""The terms of a question: which stems to look up for its words, and what may stand for them instead. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from search_service.german import Splitter, Token, load_stopwords, normalize, split_hyphens, stem, tokenize
from search_service.knowledge_base.postings import words_meant
from search_service.references import find_references
from search_service.synonyms import Key, Thesaurus, join_stem

SYNONYM_WEIGHT = 0.5  # of a synonym's score, against that of the word asked for; 0.3 to 0.7 are equal, docs/decisions/0010
REFERENCE_WEIGHT = 0.3  # of "§ 87 BetrVG" as a pair, beside "§ 87" and "BetrVG" themselves; 0.2 to 0.5 are equal


@dataclass(frozen=True, slots=True)
class Alternative:
    """What may stand for a term: a synonym whose words must all occur."""

    stems: tuple[str, ...]
    weight: float  # of the sum of their scores, > 0
    asked: str  # the words of the question it stands for, as written there
    text: str  # as the synonym file writes it; "" where it is no synonym to tell of: another name of a reference's law


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a question: the stem to look up and what else is looked for in its place."""

    stem: str
    parts: tuple[str, ...] = ()  # of a compound or a hyphenated word: stems that together stand for it
    form: str = ""  # the word itself, normalized; passages that have it so count more. "" where all forms are equal
    pieces: tuple[QueryTerm, ...] = ()  # of a hyphenated word, its words as terms
    alternatives: tuple[Alternative, ...] = ()
    weight: float = 1.0  # of its score in the sum
    written: str = ""  # as in the question; "" for what only follows from it: a reference, a word completed


@dataclass(frozen=True, slots=True)
class _Lookup:
    """What is known about words and stems."""

    splitter: Splitter
    thesaurus: Thesaurus
    holding: Callable[[str], int]
    idf: Callable[[str], float]


def analyze_question(
    question: str,
    splitter: Splitter,
    thesaurus: Thesaurus,
    holding: Callable[[str], int],
    idf: Callable[[str], float],
) -> list[QueryTerm]:
    """Return the terms of a question in its order, one per different word, without stop words.

    An enumeration's unfinished word is completed ("Vor- und Nachteile") unless its parts are looked up anyway: they would
    count twice. A reference to a law ("§ 87 BetrVG") is a term beside its words if any passage has it.
    """
    lookup = _Lookup(splitter, thesaurus, holding, idf)
    tokens = list(tokenize(question))
    terms: dict[str, QueryTerm] = {}
    for token in tokens:
        term = _make_term(token.word, question[token.start : token.end], lookup)
        if term is not None:
            terms.setdefault(term.form, term)
    for word in words_meant(question, splitter):
        if not splitter.split(word):
            terms.setdefault(word, QueryTerm(stem(word), form=word))
    for form, alternative in _find_names(question, tokens, lookup):
        if form in terms and not _has(terms[form], alternative):
            terms[form] = replace(terms[form], alternatives=(*terms[form].alternatives, alternative))
    return [*terms.values(), *_find_references(question, lookup)]


def also_searched(terms: Iterable[QueryTerm]) -> dict[str, tuple[str, ...]]:
    """Return what was looked for besides: words of the question as written -> synonyms that occur in the corpus."""
    found: dict[str, dict[str, None]] = {}
    for term in terms:
        for each in _alternatives_of(term):
            if each.text:
                found.setdefault(each.asked, {}).setdefault(each.text)
    return {asked: tuple(texts) for asked, texts in found.items()}


def stems_to_mark(terms: Iterable[QueryTerm]) -> list[str]:
    """Return the stems by which a word of a passage is known to have been found, for `german.make_word_matcher`.

    A synonym of several words is left out: its words alone ("mobil") were not looked for.
    """
    stems: dict[str, None] = {}
    for term in terms:
        stems.setdefault(term.stem)
        stems.update(dict.fromkeys(piece.stem for piece in term.pieces))
        stems.update(dict.fromkeys(each.stems[0] for each in _alternatives_of(term) if len(each.stems) == 1))
    return list(stems)


def parts_to_mark(terms: Iterable[QueryTerm]) -> list[str]:
    """Return the stems of the parts of compounds, which were looked for in their place."""
    return list(dict.fromkeys(part for term in terms for part in term.parts))


def _alternatives_of(term: QueryTerm) -> Iterator[Alternative]:
    yield from term.alternatives
    for piece in term.pieces:
        yield from _alternatives_of(piece)


def _has(term: QueryTerm, alternative: Alternative) -> bool:
    """Tell whether the alternative would change nothing: a question may repeat an entry of several words without end."""
    same = (each for each in term.alternatives if (each.stems, each.text) == (alternative.stems, alternative.text))
    return any(each.weight >= alternative.weight for each in same)


def _make_term(word: str, written: str, lookup: _Lookup) -> QueryTerm | None:
    """Return the term of a normalized token; None for a stop word."""
    stopwords = load_stopwords()
    pieces = split_hyphens(word)
    spelled = split_hyphens(written) if len(pieces) > 1 else [written]
    if len(spelled) != len(pieces):  # a sign that becomes a hyphen, or none, when it is normalized
        spelled = pieces
    kept = {piece: spelling for piece, spelling in zip(pieces, spelled, strict=True) if piece not in stopwords}
    whole = "".join(pieces)
    if not kept or whole in stopwords:
        return None
    terms = tuple(_make_simple(piece, spelling, lookup) for piece, spelling in kept.items())
    if len(pieces) == 1:
        return terms[0]
    stems = dict.fromkeys(key for term in terms for key in (term.stem, *term.parts))
    return QueryTerm(
        stem(whole), tuple(stems), whole, terms, _find_alternatives((stem(whole),), written, lookup), written=written
    )


def _make_simple(word: str, written: str, lookup: _Lookup) -> QueryTerm:
    key = stem(word)
    return QueryTerm(key, lookup.splitter.split(word), word, (), _find_alternatives((key,), written, lookup), written=written)


def _find_alternatives(key: Key, written: str, lookup: _Lookup, members: Key = ()) -> tuple[Alternative, ...]:
    """Return the synonyms of an entry that occur in the corpus; `members` are the stems of its terms, if it has several.

    A synonym is worth no more than the words asked for, however rare it is: who asks for "KI" does not ask for "AI" first.
    Each of several terms takes an equal share.
    """
    found = []
    for text in lookup.thesaurus.alternatives.get(key, ()):
        stems = _telling_stems(text)
        if not stems or not all(map(lookup.holding, stems)):
            continue
        asked, own = (sum(map(lookup.idf, each)) for each in (members or key, stems))
        found.append(Alternative(stems, SYNONYM_WEIGHT * min(1.0, asked / own) / max(len(members), 1), written, text))
    return tuple(found)


def _telling_stems(text: str) -> Key:
    """Return the stems of a synonym's words without stop words, hyphenated words as one."""
    words = ("".join(split_hyphens(token.word)) for token in tokenize(text))
    return tuple(dict.fromkeys(stem(word) for word in words if word not in load_stopwords()))


def _find_names(question: str, tokens: Sequence[Token], lookup: _Lookup) -> Iterator[tuple[str, Alternative]]:
    """Yield (form of a term, synonym) for entries of several words; each of their terms takes an equal share."""
    words = ["".join(split_hyphens(token.word)) for token in tokens]
    keys = [stem(word) for word in words]
    for start in range(len(tokens)):
        for end in range(start + 2, min(start + lookup.thesaurus.longest, len(tokens)) + 1):
            if tuple(keys[start:end]) not in lookup.thesaurus.alternatives:
                continue
            members = [word for word in words[start:end] if word not in load_stopwords()]
            written = question[tokens[start].start : tokens[end - 1].end]
            for each in _find_alternatives(tuple(keys[start:end]), written, lookup, tuple(map(stem, members))):
                yield from ((form, each) for form in members)


def _find_references(question: str, lookup: _Lookup) -> Iterator[QueryTerm]:
    """Yield a term for each reference that a passage has, under this name of the law or another."""
    for reference in dict.fromkeys(find_references(question, any_law=True)):
        others = lookup.thesaurus.alternatives.get((reference.law,), ())
        keys = dict.fromkeys(f"{reference.section} {join_stem(normalize(law))}" for law in others)
        held = tuple(Alternative((key,), 1.0, "", "") for key in keys if lookup.holding(key))
        if held or lookup.holding(reference.key):
            yield QueryTerm(reference.key, alternatives=held, weight=REFERENCE_WEIGHT)
