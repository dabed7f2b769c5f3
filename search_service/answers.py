"""The answers of the API as data: field names and German descriptions in one place, for HTTP and for `search --json`.

Field names are a promise to the portal: within v1 fields are added, never renamed or removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field, JsonValue

from search_service.completions import Completion, CompletionKind
from search_service.document_answers import (
    CitationAnswer,
    DocumentAnswer,
    PageAnswer,
    build_citation,
    build_document,
    build_pages,
)
from search_service.explanations import explain_hit
from search_service.facets import Facets
from search_service.hits import Hit, Result, Snippet
from search_service.links import begin_at_mark, file_path, page_path
from search_service.queries import Details, Query, Sort
from search_service.searcher import Status
from search_service.snippets import snippet_html


class HighlightAnswer(BaseModel):
    """A marked stretch."""

    start: int = Field(description="Erstes Zeichen in `text`, ab 0 (Unicode-Zeichen).")
    end: int = Field(description="Zeichen nach dem letzten.")
    kind: Literal["keyword", "semantic"] = Field(
        description="`keyword`: Wort der Frage. `semantic`: der Satz, der der Frage in der Bedeutung am nächsten kommt."
    )


class PassageAnswer(BaseModel):
    """A citable stretch of a document."""

    text: str = Field(description="Wortlaut der ganzen Textstelle.")
    snippet_html: str = Field(
        description="Ausschnitt als HTML: alles maskiert, nur `<mark>` (Wort) und `<em>` (nächster Satz) sind Auszeichnung."
    )
    heading_path: list[str] = Field(description="Überschriften über der Textstelle, die äußerste zuerst.")
    pages: list[PageAnswer] = Field(description="Seiten, aufsteigend; leer bei Formaten ohne Seiten.")
    highlights: list[HighlightAnswer] = Field(description="Markierungen in `text`.")


class ExplanationAnswer(BaseModel):
    """Why a passage was found."""

    lexical: float | None = Field(description="Wert der Wortsuche (ab 0); `null`, wenn sie nicht beteiligt war.")
    semantic: float | None = Field(description="Nähe der Bedeutung (Kosinus, -1 bis 1); `null`, wenn sie nicht beteiligt war.")
    rescoring: float | None = Field(
        description=(
            "Nähe Wort für Wort: Mittel über die Wörter der Frage, je der beste Kosinus mit einem Wort der Textstelle "
            "(-1 bis 1); `null`, wenn nicht nachsortiert wurde."
        )
    )
    words: list[str] = Field(description="Wörter der Frage, wie sie in der Textstelle stehen.")
    text: str = Field(description="Dasselbe in deutschen Sätzen, zum Anzeigen.")


NOT_EXPLAINED = ExplanationAnswer(lexical=None, semantic=None, rescoring=None, words=[], text="")  # asked for: explain=false


class AlsoInAnswer(BaseModel):
    """Another document with nearly the same passage, which is no hit of its own."""

    id: str
    title: str
    url: str


class HitAnswer(BaseModel):
    """A passage in answer to a question."""

    id: str = Field(description="Beständige Kennung der Textstelle.")
    rank: int = Field(description="Rang, ab 1, über alle Seiten.")
    score: float = Field(
        description="0 bis 1; nur innerhalb einer Antwort vergleichbar. Nach ihm ist sortiert, außer mit `sort=year`."
    )
    relevance: float = Field(
        description=(
            "Wie wahrscheinlich die Textstelle die Frage beantwortet, 0 bis 1, auch zwischen Fragen vergleichbar. "
            "0,8 heißt: Von 100 besten Treffern mit diesem Wert beantworten etwa 80 ihre Frage."
        )
    )
    document: DocumentAnswer
    passage: PassageAnswer
    url: str = Field(description="Die Textstelle auf der Seite ihres Dokuments.")
    source_url: str = Field(description="Die Originaldatei, bei PDF an der Seite der ersten Markierung (`#page=`).")
    citation: CitationAnswer
    more_in_document: int = Field(description="Weitere passende Textstellen desselben Dokuments.")
    also_in: list[AlsoInAnswer] = Field(description="Andere Dokumente, in denen fast dieselbe Textstelle steht.")
    explain: ExplanationAnswer


class TotalAnswer(BaseModel):
    """How many hits there are over all pages."""

    value: int
    relation: Literal["eq", "gte"] = Field(description="`eq`: genau so viele. `gte`: mindestens so viele.")


class FacetAnswer(BaseModel):
    """One value to filter by."""

    value: str = Field(description="Wert für den Filter.")
    label: str = Field(description="Deutsche Bezeichnung.")
    count: int = Field(description="Dokumente unter den Treffern mit diesem Wert.")


class IndexAnswer(BaseModel):
    """Which state of the knowledge base answered."""

    generation: int
    updated_at: datetime


class SuggestionsAnswer(BaseModel):
    """Words back to who asked."""

    did_you_mean: str | None = Field(description="Die Frage in anderer Schreibweise; `null`, wenn nichts auffällt.")
    corrected: bool = Field(
        description="`true`: Gesucht wurde schon nach `did_you_mean`. Wie eingegeben sucht `verbatim=true`."
    )
    also_searched: dict[str, list[str]] = Field(description="Je Wort der Frage, wonach außerdem gesucht wurde (Synonyme).")
    related: list[str] = Field(description="Themen, die der Frage am nächsten kommen; nur, wenn nichts passt.")


class SearchAnswer(BaseModel):
    """The answer to one question."""

    query: str
    query_id: str = Field(description="Gleich für dieselbe Anfrage an denselben Stand; nichts wird darunter gespeichert.")
    took_ms: float = Field(description="Rechenzeit der Suche in Millisekunden.")
    total: TotalAnswer
    page: int
    page_size: int
    fitting: bool = Field(
        description="`false`: Nichts passt, auch nicht der beste Treffer; `hits` sind dann nur, was am nächsten kommt."
    )
    suggestions: SuggestionsAnswer
    hits: list[HitAnswer]
    older_editions: int = Field(
        description="Gefundene Dokumente, für die eine neuere Ausgabe antwortet; mit `editions=all` stehen sie in den Treffern."
    )
    facets: dict[str, list[FacetAnswer]] = Field(description="Je Filterfeld die Werte unter den Treffern, häufigste zuerst.")
    notices: list[str] = Field(description="Hinweise für den Menschen, z. B. dass nur nach Wörtern gesucht wurde.")
    index: IndexAnswer


class CompletionAnswer(BaseModel):
    """One suggestion while somebody types."""

    text: str = Field(description="Wie es im Bestand geschrieben steht.")
    kind: Literal["title", "heading", "term"] = Field(
        description="`title`: Titel eines Dokuments. `heading`: Überschrift. `term`: Wort."
    )
    url: str | None = Field(description="Das Dokument, wenn genau eines so heißt; sonst `null`: danach suchen.")


class SuggestAnswer(BaseModel):
    """What may be meant by what has been typed so far."""

    query: str
    suggestions: list[CompletionAnswer]


class ReadyAnswer(BaseModel):
    """Whether the service can answer."""

    status: Literal["ready"]
    lexical: bool = Field(description="Suche nach Wörtern ist bereit.")
    semantic: bool = Field(description="Suche nach Bedeutung ist bereit.")
    model: str | None = Field(description="Sprachmodell der Bedeutungssuche.")
    documents: int
    passages: int
    index: IndexAnswer
    notices: list[str]


class HealthAnswer(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"


EVERYTHING = Details()


def result_to_json(result: Result, query: Query, public_url: str | None = None) -> dict[str, JsonValue]:
    """Return the API's answer as plain JSON data; links are absolute if `public_url` is given, else start with "/"."""
    return build_search_answer(result, query, public_url).model_dump(mode="json")


def build_search_answer(
    result: Result, query: Query, public_url: str | None = None, details: Details = EVERYTHING
) -> SearchAnswer:
    """Return the answer of `/search`."""
    root = (public_url or "").rstrip("/")
    return SearchAnswer(
        query=query.text,
        query_id=identify(query, result.generation, result.updated_at, details),
        took_ms=round(1000 * sum(result.seconds.values()), 1),
        total=TotalAnswer(value=result.total.value, relation="eq" if result.total.relation == "eq" else "gte"),
        page=query.page,
        page_size=query.page_size,
        fitting=result.fitting,
        suggestions=SuggestionsAnswer(
            did_you_mean=result.suggestions.did_you_mean,
            corrected=result.suggestions.corrected,
            also_searched={word: list(others) for word, others in result.suggestions.also_searched.items()},
            related=list(result.suggestions.near_topics),
        ),
        hits=[_build_hit(hit, root, details) for hit in result.hits],
        older_editions=result.older_editions,
        facets=build_facets(result.facets, details.facets),
        notices=list(result.notices),
        index=IndexAnswer(generation=result.generation, updated_at=result.updated_at),
    )


def build_facets(facets: Facets, names: Collection[str] | None = None) -> dict[str, list[FacetAnswer]]:
    """Return the facets of these names, in the order of `facets`; all for None."""
    return {
        name: [FacetAnswer(value=item.value, label=item.label, count=item.count) for item in values]
        for name, values in facets.items()
        if names is None or name in names
    }


def build_suggest_answer(typed: str, completions: Iterable[Completion], public_url: str | None = None) -> SuggestAnswer:
    """Return the answer of `/suggest`."""
    root = (public_url or "").rstrip("/")
    return SuggestAnswer(
        query=typed,
        suggestions=[
            CompletionAnswer(
                text=each.text,
                kind=each.kind.value,
                url=root + page_path(each.document) if each.document and each.kind is CompletionKind.TITLE else None,
            )
            for each in completions
        ],
    )


def build_ready_answer(status: Status) -> ReadyAnswer:
    """Return the answer of `/ready` once a generation is loaded; search by words is ready from then on."""
    return ReadyAnswer(
        status="ready",
        lexical=True,
        semantic=status.semantic,
        model=status.model,
        documents=status.documents,
        passages=status.passages,
        index=IndexAnswer(generation=status.generation, updated_at=status.updated_at),
        notices=list(status.notices),
    )


def _build_hit(hit: Hit, root: str, details: Details) -> HitAnswer:
    document, passage = hit.document, hit.passage
    marks = hit.highlights if details.highlight else ()
    return HitAnswer(
        id=passage.id,
        rank=hit.rank,
        score=hit.score,
        relevance=hit.relevance,
        document=build_document(document, root),
        passage=PassageAnswer(
            text=passage.text,
            snippet_html=snippet_html(hit.snippet if details.highlight else Snippet(hit.snippet.text)),
            heading_path=list(passage.heading_path),
            pages=build_pages(passage.pages),
            highlights=[HighlightAnswer(start=mark.start, end=mark.end, kind=mark.kind.value) for mark in marks],
        ),
        url=root + page_path(document.id, passage.id),
        source_url=root + file_path(document.id, begin_at_mark(passage, hit.highlights), document.media_type),
        citation=build_citation(document, passage),
        more_in_document=hit.more_in_document,
        also_in=[
            AlsoInAnswer(id=other.id, title=other.metadata.title, url=root + page_path(other.id)) for other in hit.also_in
        ],
        explain=_build_explanation(hit) if details.explain else NOT_EXPLAINED,
    )


def _build_explanation(hit: Hit) -> ExplanationAnswer:
    return ExplanationAnswer(
        lexical=hit.explanation.lexical,
        semantic=hit.explanation.semantic,
        rescoring=hit.explanation.rescoring,
        words=list(hit.explanation.words),
        text=explain_hit(hit),
    )


def identify(query: Query, generation: int, published_at: datetime, details: Details = EVERYTHING) -> str:
    """Return 16 hex digits that depend on everything asked for and on the generation, whose number alone may come again."""
    filters = query.filters
    asked = [("q", query.text), ("mode", query.mode), ("group_by", query.group_by), ("generation", str(generation))]
    asked.append(("published_at", published_at.isoformat()))
    asked += [("page", str(query.page)), ("page_size", str(query.page_size))]
    asked += sorted((name, value) for name, values in filters.values.items() for value in values)
    asked += [("from", str(filters.year_from)), ("to", str(filters.year_to)), *(("document", id) for id in filters.documents)]
    asked += [("editions", str(filters.older_editions)), ("verbatim", str(query.verbatim))]
    if query.sort is not Sort.RELEVANCE:
        asked.append(("sort", query.sort))
    if details != EVERYTHING:
        asked.append(("details", repr(details)))
    return hashlib.sha256(urlencode(asked, errors="replace").encode()).hexdigest()[:16]
