"""How a question arrives over HTTP: address parameters and JSON bodies to a Query."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from search_service.errors import InvalidQuery
from search_service.queries import (
    ALL_EDITIONS,
    FILTER_FIELDS,
    MAX_PAGE_SIZE,
    MAX_QUERY_CHARACTERS,
    Details,
    Filters,
    Grouping,
    Mode,
    Query,
    Sort,
    parse_filters,
)
from search_service.typesetting import german_number


def _refuse_half_characters(text: str) -> str:
    """Return `text`; raise pydantic's error where it holds half of a surrogate pair, which JSON can write and UTF-8 cannot."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("string_unicode", "not valid Unicode")
    return text


def _refuse_blanks(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("string_too_short", "nothing to be seen", {"min_length": 1})
    return text


def _refuse_other_than_numbers(value: object) -> object:
    """Return what JSON writes as a number, or null; pydantic alone would take `true` and `"5"` for one."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise PydanticCustomError("int_type", "not a number")


def _refuse_other_than_truth(value: object) -> object:
    if isinstance(value, bool):
        return value
    raise PydanticCustomError("bool_type", "not a truth value")


MAX_SIMILAR = 20  # suggestions or similar documents at once: more than one screen of either helps nobody
MAX_BATCH = 20  # questions in one request: as many as the panels of a crowded dashboard, answered in the time of one page

Text = Annotated[str, AfterValidator(_refuse_half_characters)]
VISIBLE = r"[^\s\u001c-\u001f\u0085]"  # something beside what `str.strip` takes away; told in the schema, checked by who strips
YEARS = r"^([0-9]{1,4}(\.\.([0-9]{1,4})?)?|\.\.[0-9]{1,4})?$"
Values = list[Annotated[Text, AfterValidator(_refuse_blanks), Field(min_length=1, json_schema_extra={"pattern": VISIBLE})]]
Number = Annotated[int, Field(strict=False), BeforeValidator(_refuse_other_than_numbers)]  # 2024.0 is a whole number, too
FacetName = Literal["collection", "type", "sector", "topic", "audience", "publisher", "language", "year"]
NO_FACETS = "none"  # in an address, where a list cannot be empty

# Told in the schema only: `Query` itself checks both ends and words the refusal.
_QUESTION = Field(
    description="Die Frage oder die Stichwörter, in gewöhnlichem Deutsch.",
    examples=["Muss der Betriebsrat zustimmen, wenn wir KI einführen?"],
    json_schema_extra={"minLength": 1, "maxLength": MAX_QUERY_CHARACTERS, "pattern": VISIBLE},
)
_MODE = Field(
    description="Suchart: `hybrid` (Wörter und Bedeutung), `lexical` (nur Wörter) oder `semantic` (nur Bedeutung).",
)
_PAGE = Field(description="Seite der Trefferliste, ab 1.", json_schema_extra={"minimum": 1})
_PAGE_SIZE = Field(description="Treffer je Seite.", json_schema_extra={"minimum": 1, "maximum": MAX_PAGE_SIZE})
_EDITIONS = Field(
    description="`newest`: von jedem Werk antwortet nur die neueste gültige Ausgabe. `all`: ältere Ausgaben zählen mit.",
)
_GROUP_BY = Field(
    description="`spread`: höchstens zwei Textstellen je Dokument. `document`: nur die beste. `none`: alle.",
)
_VERBATIM = Field(description="`true`: Es wird gesucht, wie geschrieben ist, ohne Korrektur von Vertippern.")
_SORT = Field(
    description="`relevance`: das Beste zuerst. `year`: das Neueste zuerst, doch was nicht passt, hinter allem anderen.",
)
_HIGHLIGHT = Field(description="`false`: Treffer kommen ohne Markierungen, `snippet_html` ist dann reiner, maskierter Text.")
_EXPLAIN = Field(description="`false`: Die Felder von `explain` bleiben leer oder `null`.")
_LIMIT = Field(description="Höchstens so viele.", json_schema_extra={"minimum": 1, "maximum": MAX_SIMILAR})


class FilterParameters(BaseModel):
    """Restrictions on documents in an address. Repeating one means "any of"; different ones must all hold."""

    model_config = ConfigDict(extra="forbid")

    collection: Values = Field([], description="Sammlung, z. B. `wissen`; wiederholbar.")
    type: Values = Field([], description="Art des Dokuments, z. B. `guide`; wiederholbar.")
    sector: Values = Field([], description="Branche, z. B. `handwerk`; wiederholbar.")
    topic: Values = Field([], description="Thema, z. B. `mitbestimmung`; wiederholbar.")
    audience: Values = Field([], description="Zielgruppe, z. B. `betriebsrat`; wiederholbar.")
    publisher: Values = Field([], description="Herausgeber, wie er geschrieben steht; wiederholbar.")
    language: Values = Field([], description="Sprache nach ISO 639-1, z. B. `de`; wiederholbar.")
    year: str | None = Field(
        None,
        description="Jahr oder Zeitraum: `2024`, `2020..2024`, `2020..` oder `..2024`.",
        json_schema_extra={"pattern": YEARS},
    )
    document: Values = Field([], description="Kennung eines Dokuments: nur darin suchen; wiederholbar.")
    editions: Annotated[Literal["newest", "all"], _EDITIONS] = "newest"

    def to_filters(self) -> Filters:
        """Return the checked filters; raise InvalidQuery."""
        chosen = [(name, value) for name in (*FILTER_FIELDS, "document") for value in getattr(self, name)]
        chosen.append(("editions", self.editions))
        if self.year and not re.fullmatch(YEARS, self.year):
            raise InvalidQuery(
                f"„{self.year}“ ist kein Jahr und kein Zeitraum. Schreibweise: 2024, 2020..2024, 2020.. oder ..2024.",
                "filters/year",
            )
        if self.year:
            chosen.append(("year", self.year))
        return parse_filters([f"{name}={value}" for name, value in chosen])


class SearchFields(BaseModel):
    """What `GET /search` and `POST /search` have in common."""

    model_config = ConfigDict(extra="forbid")

    q: Text = _QUESTION
    mode: Annotated[Mode, _MODE] = Mode.HYBRID
    page: Annotated[int, _PAGE] = 1
    page_size: Annotated[int, _PAGE_SIZE] = 10
    group_by: Annotated[Grouping, _GROUP_BY] = Grouping.SPREAD
    verbatim: Annotated[bool, _VERBATIM] = False
    sort: Annotated[Sort, _SORT] = Sort.RELEVANCE
    highlight: Annotated[bool, _HIGHLIGHT] = True
    explain: Annotated[bool, _EXPLAIN] = True

    def ask(self, filters: Filters) -> Query:
        """Return the checked query; raise InvalidQuery."""
        return Query(self.q, self.mode, filters, self.page, self.page_size, self.group_by, self.verbatim, self.sort)


class SearchParameters(FilterParameters, SearchFields):
    """The parameters of `GET /search`."""

    facets: list[Literal[FacetName, "none"]] | None = Field(
        None, description="Nur diese Filterfelder auszählen; wiederholbar. `none`: gar keines. Ohne Angabe: alle."
    )

    def to_query(self) -> Query:
        """Return the checked query; raise InvalidQuery."""
        return self.ask(self.to_filters())

    def to_details(self) -> Details:
        """Return what the answer is to tell."""
        names = None if self.facets is None else tuple(name for name in self.facets if name != NO_FACETS)
        return Details(names, self.highlight, self.explain)


class YearRange(BaseModel):
    """A span of years, both ends included."""

    model_config = ConfigDict(extra="forbid")

    gte: Number | None = Field(None, description="Frühestes Jahr.")
    lte: Number | None = Field(None, description="Spätestes Jahr.")


class SearchFilters(BaseModel):
    """The filters of `POST /search`: within a field any of the values, across fields all of them."""

    model_config = ConfigDict(extra="forbid")

    collection: Values = Field([], description="Sammlungen, z. B. `wissen`.")
    type: Values = Field([], description="Arten des Dokuments, z. B. `guide`.")
    sector: Values = Field([], description="Branchen, z. B. `handwerk`.")
    topic: Values = Field([], description="Themen, z. B. `mitbestimmung`.")
    audience: Values = Field([], description="Zielgruppen, z. B. `betriebsrat`.")
    publisher: Values = Field([], description="Herausgeber, wie sie geschrieben stehen.")
    language: Values = Field([], description="Sprachen nach ISO 639-1, z. B. `de`.")
    year: YearRange = Field(YearRange(gte=None, lte=None), description="Zeitraum, beide Enden eingeschlossen.")
    document: Values = Field([], description="Kennungen von Dokumenten: nur darin suchen.")
    editions: Annotated[Literal["newest", "all"], _EDITIONS] = "newest"


class SearchRequest(SearchFields):
    """The JSON body of `POST /search`."""

    filters: SearchFilters = Field(default_factory=lambda: SearchFilters.model_validate({}), description="Einschränkungen.")
    facets: list[FacetName] | None = Field(None, description="Nur diese Filterfelder auszählen; `[]`: keines, `null`: alle.")

    @field_validator("page", "page_size", mode="before")
    @classmethod
    def _check_number(cls, value: object) -> object:
        return _refuse_other_than_numbers(value)

    @field_validator("verbatim", "highlight", "explain", mode="before")
    @classmethod
    def _check_truth(cls, value: object) -> object:
        return _refuse_other_than_truth(value)

    def to_query(self) -> Query:
        """Return the checked query; raise InvalidQuery."""
        asked = self.filters
        values = {name: tuple(chosen) for name in FILTER_FIELDS if (chosen := getattr(asked, name))}
        years = asked.year
        return self.ask(Filters(values, years.gte, years.lte, tuple(asked.document), asked.editions == ALL_EDITIONS))

    def to_details(self) -> Details:
        """Return what the answer is to tell."""
        return Details(None if self.facets is None else tuple(self.facets), self.highlight, self.explain)


class BatchRequest(BaseModel):
    """The JSON body of `POST /search/batch`. Each query is read by itself, so that a faulty one spoils no other."""

    model_config = ConfigDict(extra="forbid")

    queries: Annotated[
        object,
        WithJsonSchema(
            {
                "type": "array",
                "items": {"$ref": "#/components/schemas/SearchRequest"},
                "minItems": 1,
                "maxItems": MAX_BATCH,
                "title": "Queries",
            }
        ),
    ] = Field(description="Anfragen wie für `POST /search`, in der Reihenfolge der Antworten.")

    def to_list(self) -> list[object]:
        """Return the queries as they came; raise InvalidQuery if they are no list or too many."""
        if not isinstance(self.queries, list) or not 1 <= len(self.queries) <= MAX_BATCH:
            raise InvalidQuery(
                f"„queries“ muss eine Liste von 1 bis {MAX_BATCH} Anfragen sein, jede wie für „/search“.", "queries"
            )
        return self.queries


class FacetParameters(FilterParameters):
    """The parameters of `GET /facets`."""

    q: Text | None = Field(
        None,
        description="Die Frage, deren Treffer ausgezählt werden; ohne sie alle Dokumente.",
        json_schema_extra={"maxLength": MAX_QUERY_CHARACTERS, "pattern": VISIBLE},
    )
    mode: Annotated[Mode, _MODE] = Mode.HYBRID
    verbatim: Annotated[bool, _VERBATIM] = False
    facets: list[FacetName] = Field([], description="Nur diese Filterfelder; wiederholbar. Ohne Angabe: alle.")

    def to_query(self) -> Query | None:
        """Return the checked query, None without a question; raise InvalidQuery."""
        if self.q is None:
            return None
        return Query(self.q, self.mode, self.to_filters(), page_size=1, verbatim=self.verbatim)


class FeedParameters(FilterParameters):
    """The parameters of `GET /feeds/search.atom`."""

    q: Text = _QUESTION
    mode: Annotated[Mode, _MODE] = Mode.HYBRID
    verbatim: Annotated[bool, _VERBATIM] = False

    def to_query(self) -> Query:
        """Return the checked query for as many documents as a feed may name; raise InvalidQuery."""
        return Query(
            self.q, self.mode, self.to_filters(), page_size=MAX_PAGE_SIZE, group_by=Grouping.DOCUMENT, verbatim=self.verbatim
        )


class SuggestParameters(BaseModel):
    """The parameters of `GET /suggest`."""

    model_config = ConfigDict(extra="forbid")

    q: Text = Field(
        description="Was bisher getippt ist.",
        examples=["Betriebsr"],
        json_schema_extra={"maxLength": MAX_QUERY_CHARACTERS},
    )
    limit: Annotated[int, _LIMIT] = 5
    format: Literal["json", "opensearch"] = Field(
        "json", description='`opensearch`: die Form, die Browser erwarten, `["Eingabe", ["Vorschlag", …]]`.'
    )

    def check(self) -> None:
        """Raise InvalidQuery beyond the limits."""
        if len(self.q) > MAX_QUERY_CHARACTERS:
            raise InvalidQuery(
                f"Die Eingabe ist mit {german_number(len(self.q))} Zeichen zu lang "
                f"(höchstens {german_number(MAX_QUERY_CHARACTERS)}). Bitte kürzen.",
                "q",
            )
        _check_limit(self.limit)


class SimilarParameters(BaseModel):
    """The parameters of both `GET …/similar`."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, _LIMIT] = 5

    def check(self) -> None:
        """Raise InvalidQuery beyond the limits."""
        _check_limit(self.limit)


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_SIMILAR:
        raise InvalidQuery(f"„limit“ muss zwischen 1 und {MAX_SIMILAR} liegen.", "limit")
