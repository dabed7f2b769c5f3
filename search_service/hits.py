"""What is answered: hits, facets and totals of one query."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from search_service.documents import Document, Passage
from search_service.relevance import Evidence


class HighlightKind(StrEnum):
    """Why a stretch is marked."""

    KEYWORD = "keyword"
    SEMANTIC = "semantic"


@dataclass(frozen=True, slots=True)
class Highlight:
    """A marked stretch: half-open character range [start, end) in the text it belongs to."""

    start: int
    end: int
    kind: HighlightKind = HighlightKind.KEYWORD


@dataclass(frozen=True, slots=True)
class Snippet:
    """A readable cut of a passage, with its highlights as offsets into `text`."""

    text: str
    highlights: tuple[Highlight, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The channel values behind one score. Higher is better; None where a channel did not take part."""

    lexical: float | None  # raw BM25F score of passage and document, >= 0
    semantic: float | None  # cosine, -1..1
    rescoring: float | None = None  # mean over the query's words of the best cosine with a word of the passage, -1..1
    words: tuple[str, ...] = ()  # the query's words found in the passage, as written there
    evidence: Evidence = field(default_factory=Evidence)  # what the relevance is estimated from


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in answer to a query."""

    rank: int  # 1-based, over all pages
    score: float  # 0..1, comparable inside one response only
    document: Document
    passage: Passage
    snippet: Snippet
    highlights: tuple[Highlight, ...]  # offsets into passage.text
    explanation: Explanation
    more_in_document: int = 0  # further passages of the same document in the candidate pool
    edition: str | None = None  # German, "Neuere Ausgabe vorhanden"; None if the document is the newest of its work
    relevance: float = 0.0  # 0..1, the chance that it answers the query; comparable between queries, see `relevance`
    also_in: tuple[Document, ...] = ()  # other documents with a nearly identical passage, which is not shown


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A document that is about the same as another one."""

    document: Document
    passage: Passage  # where it comes nearest
    score: float  # 0..1, comparable among the neighbours of one document or passage only


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet with the number of documents in the candidate pool that carry it."""

    value: str
    label: str  # German
    count: int


@dataclass(frozen=True, slots=True)
class Total:
    """How many hits there are over all pages."""

    value: int
    relation: str  # "eq": exact; "gte": the candidate pool was full, there may be more


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Words back to who asked."""

    did_you_mean: str | None = None  # the whole query in another spelling
    corrected: bool = False  # whether `did_you_mean` was searched in place of the query as typed
    also_searched: dict[str, tuple[str, ...]] = field(default_factory=dict)  # words of the query -> what else was looked for
    near_topics: tuple[str, ...] = ()  # titles and headings nearest to a query that nothing answers


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one query."""

    hits: tuple[Hit, ...]
    total: Total
    facets: dict[str, tuple[FacetValue, ...]]  # keyed by filter field, then "year"; most frequent first
    notices: tuple[str, ...]  # German sentences the user should read, e.g. that meaning search is off
    generation: int
    updated_at: datetime  # when the generation was published, UTC
    fitting: bool = True  # False: not even the best hit is likely to answer; `hits` are then what comes nearest
    suggestions: Suggestions = field(default_factory=Suggestions)
    older_editions: int = 0  # documents in the pool that a newer edition replaces: shown if asked for, else left out
    # Time by step: "embedding", "words", "meaning", "rescoring" and, for the rest, "search".
    seconds: dict[str, float] = field(default_factory=dict)
