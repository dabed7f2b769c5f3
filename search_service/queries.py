"""What can be asked: the query, its mode and its filters, checked at birth."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from search_service.errors import InvalidQuery
from search_service.typesetting import german_number

MAX_QUERY_CHARACTERS = 2_000  # longer questions are refused, never cut unseen
MAX_PAGE_SIZE = 100
MAX_OFFSET = 1_000
FILTER_FIELDS = ("collection", "type", "sector", "topic", "audience", "publisher", "language")
ALL_EDITIONS = "all"
EDITIONS = ("newest", ALL_EDITIONS)


class Mode(StrEnum):
    """Which channels answer."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class Grouping(StrEnum):
    """How many passages of one document the list of hits may hold."""

    SPREAD = "spread"  # at most two
    DOCUMENT = "document"  # the best one
    NONE = "none"  # any number


class Sort(StrEnum):
    """What the list of hits is sorted by."""

    RELEVANCE = "relevance"
    YEAR = "year"  # the newest first, but what does not fit behind all that does


@dataclass(frozen=True, slots=True)
class Details:
    """What an answer tells beside its hits; it changes neither hits nor totals."""

    facets: tuple[str, ...] | None = None  # which to tell; None: all
    highlight: bool = True
    explain: bool = True


class DocumentOrder(StrEnum):
    """What a list of documents is sorted by."""

    TITLE = "title"
    YEAR = "year"
    INDEXED_AT = "indexed_at"  # when they were taken in


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrictions on documents: within a field any of the values, across fields all of them."""

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)  # keys out of FILTER_FIELDS
    year_from: int | None = None  # inclusive
    year_to: int | None = None  # inclusive
    documents: tuple[str, ...] = ()  # document ids
    older_editions: bool = False  # whether documents with a newer edition are searched, too; those in `documents` always are

    def __post_init__(self) -> None:
        for name in self.values:
            if name not in FILTER_FIELDS:
                raise InvalidQuery(
                    f"Den Filter „{name}“ gibt es nicht. Erlaubt sind: {', '.join(FILTER_FIELDS)}, document, "
                    "editions und year (z. B. year=2023..2025)."
                )
        if self.year_from is not None and self.year_to is not None and self.year_from > self.year_to:
            raise InvalidQuery("Beim Filter „year“ liegt der Anfang nach dem Ende. Bitte die Jahre tauschen.", "filters/year")

    def __bool__(self) -> bool:
        """Tell whether anything is restricted; older editions are no restriction."""
        return bool(any(self.values.values()) or self.documents or self.year_from is not None or self.year_to is not None)


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the knowledge base.

    Raises InvalidQuery if it is empty, too long, or asks for a page beyond the limits.
    """

    text: str
    mode: Mode = Mode.HYBRID
    filters: Filters = Filters()
    page: int = 1  # 1-based
    page_size: int = 10
    group_by: Grouping = Grouping.SPREAD
    verbatim: bool = False  # whether it is searched as typed, misspelt or not
    sort: Sort = Sort.RELEVANCE

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InvalidQuery("Die Frage ist leer. Bitte ein Stichwort oder eine Frage eingeben.", "q")
        if any("\ud800" <= character <= "\udfff" for character in self.text):  # half a character: no encoding can write it
            raise InvalidQuery("Die Frage enthält beschädigte Zeichen. Bitte die Frage neu eintippen.", "q")
        if len(self.text) > MAX_QUERY_CHARACTERS:
            raise InvalidQuery(
                f"Die Frage ist mit {german_number(len(self.text))} Zeichen zu lang "
                f"(höchstens {german_number(MAX_QUERY_CHARACTERS)}). Bitte kürzer fragen.",
                "q",
            )
        if not 1 <= self.page_size <= MAX_PAGE_SIZE:
            raise InvalidQuery(f"„page_size“ muss zwischen 1 und {MAX_PAGE_SIZE} liegen.", "page_size")
        if self.page < 1 or (self.page - 1) * self.page_size > MAX_OFFSET:
            raise InvalidQuery(
                f"Die Seite {self.page} liegt außerhalb: Es sind höchstens die ersten {MAX_OFFSET} Treffer blätterbar.",
                "page",
            )


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list of documents. Raises InvalidQuery if there can be no such page; one beyond the end is empty."""

    filters: Filters = Filters()
    order: DocumentOrder = DocumentOrder.TITLE
    descending: bool = False
    page: int = 1  # 1-based
    page_size: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= MAX_PAGE_SIZE:
            raise InvalidQuery(f"„page_size“ muss zwischen 1 und {MAX_PAGE_SIZE} liegen.", "page_size")
        if self.page < 1:
            raise InvalidQuery(f"Die Seite {self.page} gibt es nicht. Gezählt wird ab 1.", "page")


def parse_mode(value: str) -> Mode:
    """Return the mode named `value`; raise InvalidQuery with the allowed names otherwise."""
    try:
        return Mode(value)
    except ValueError:
        raise InvalidQuery(f"Den Modus „{value}“ gibt es nicht. Erlaubt sind: {', '.join(Mode)}.", "mode") from None


def parse_filters(expressions: list[str]) -> Filters:
    """Return the filters written as `field=value`; repeat a field for "any of"; `year` once: `2020`, `2020..`, `..2024`.

    `editions=all` searches older editions, too; `editions=newest` is the default.
    Raises InvalidQuery on an unknown field, a second year or an expression that is not of this form.
    """
    values: dict[str, list[str]] = {}
    year_from = year_to = None
    years_given = False
    documents: list[str] = []
    older_editions = False
    for expression in expressions:
        name, separator, value = (part.strip() for part in expression.partition("="))
        if not separator or not value:
            raise InvalidQuery(
                f"Der Filter „{expression}“ ist unvollständig. Schreibweise: feld=wert, z. B. collection=wissen."
            )
        if name == "year":
            if years_given:
                raise InvalidQuery(
                    "Den Filter „year“ bitte nur einmal angeben. Ein Zeitraum geht so: year=2020..2024.", "filters/year"
                )
            years_given = True
            year_from, year_to = parse_years(value)
        elif name == "document":
            documents.append(value)
        elif name == "editions":
            older_editions = parse_editions(value)
        else:
            values.setdefault(name, []).append(value)
    return Filters(
        {name: tuple(chosen) for name, chosen in values.items()}, year_from, year_to, tuple(documents), older_editions
    )


def parse_editions(value: str) -> bool:
    """Return whether older editions are asked for, too: `all` or `newest`; raise InvalidQuery otherwise."""
    if value not in EDITIONS:
        raise InvalidQuery(
            f"Beim Filter „editions“ gibt es „{value}“ nicht. Erlaubt sind: newest (nur die neueste Ausgabe) und all (alle).",
            "filters/editions",
        )
    return value == ALL_EDITIONS


def parse_years(value: str) -> tuple[int | None, int | None]:
    """Return (first, last) year of `2020`, `2020..2024`, `2020..` or `..2024`; raise InvalidQuery otherwise."""
    first, dots, last = (part.strip() for part in value.partition(".."))
    try:
        start = int(first) if first else None
        end = (int(last) if last else None) if dots else start
    except ValueError:
        raise InvalidQuery(
            f"„{value}“ ist kein Jahr und kein Zeitraum. Schreibweise: 2024, 2020..2024, 2020.. oder ..2024.",
            "filters/year",
        ) from None
    return start, end
