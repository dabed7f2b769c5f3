"""The form of a document's metadata: what it asks for, how it is filled, and what was changed in it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from search_service.admin_questions import check_metadata
from search_service.desk.jobs import Json
from search_service.documents import Metadata, Suggestion
from search_service.passage_view import LANGUAGES
from search_service.taxonomy import VOCABULARY_OF, load_taxonomy

Typed = Mapping[str, tuple[str, ...]]  # by field what stands in it; several values only where several can be chosen


class Kind(StrEnum):
    """How a field is filled."""

    LINE = "line"
    LINES = "lines"  # one value a line
    NUMBER = "number"
    DAY = "day"
    ADDRESS = "address"
    NOTE = "note"
    CHOICE = "choice"  # one of the options, or none
    CHOICES = "choices"  # any of them
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form."""

    name: str  # as in a sidecar
    label: str
    kind: Kind = Kind.LINE
    hint: str | None = None
    is_rare: bool = False  # folded away: few documents need it


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field as it is shown."""

    field: Field
    value: str
    options: tuple[tuple[str, str, bool], ...]  # value, label, whether it is chosen
    fault: str | None


FIELDS = (
    Field("title", "Titel"),
    Field("authors", "Verfasst von", Kind.LINES, "Je Zeile ein Name."),
    Field("year", "Erscheinungsjahr", Kind.NUMBER, "Vier Ziffern, z. B. 2025."),
    Field("publisher", "Herausgeber oder Verlag"),
    Field("type", "Art", Kind.CHOICE),
    Field("collection", "Sammlung", Kind.CHOICE),
    Field("sectors", "Branchen", Kind.CHOICES),
    Field("topics", "Themen", Kind.CHOICES),
    Field("license", "Lizenz", Kind.LINE, "z. B. CC BY 4.0"),
    Field("source_url", "Adresse der Quelle", Kind.ADDRESS, "Wo das Dokument zuerst erschienen ist; beginnt mit https://"),
    Field("valid_until", "Gültig bis", Kind.DAY, "Der letzte Tag, an dem das Dokument gilt."),
    Field("note", "Hinweis für alle, die es lesen", Kind.NOTE, "Steht bei jedem Treffer, z. B. „Konstruierter Fallbericht“."),
    Field("audience", "Für wen", Kind.CHOICES, is_rare=True),
    Field("language", "Sprache", Kind.CHOICE, is_rare=True),
    Field("edition", "Auflage", Kind.NUMBER, "Nur die Nummer, z. B. 2.", is_rare=True),
    Field("doi", "DOI", Kind.LINE, "z. B. 10.1000/xyz", is_rare=True),
    Field("isbn", "ISBN", Kind.LINE, "z. B. 978-3-16-148410-0", is_rare=True),
    Field("urn", "URN", Kind.LINE, "z. B. urn:nbn:de:101:1-201102033592", is_rare=True),
    Field(
        "standalone",
        "Keine Ausgabe eines anderen Werks",
        Kind.CHECK,
        "Nur ankreuzen, wenn das Dokument fälschlich als Ausgabe eines anderen gilt.",
        is_rare=True,
    ),
)
NAMES = frozenset(field.name for field in FIELDS)
_NOTHING: Mapping[str, str] = {}
_GERMAN_DAY = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")


def read_typed(sent: Iterable[tuple[str, str]]) -> Typed:
    """Return what stands in the fields, tidied as a reader would: no blanks around, lines without empty ones."""
    values: dict[str, list[str]] = {}
    for name, text in sent:
        values.setdefault(name, []).append(text)
    typed = {}
    for field in FIELDS:
        given = values.get(field.name, [])
        if field.kind is Kind.CHOICES:
            tidy = _order(field, {text.strip() for text in given})
        elif field.kind is Kind.LINES:
            tidy = ("\n".join(line.strip() for text in given[:1] for line in text.splitlines() if line.strip()),)
        else:
            tidy = tuple(text.strip() for text in given[:1])
        typed[field.name] = tuple(text for text in tidy if text)
    return typed


def fill(known: Metadata) -> Typed:
    """Return what stands in the fields for what is known of a document."""
    sent: list[tuple[str, str]] = []
    for field in FIELDS:
        value = getattr(known, field.name)
        if field.kind is Kind.LINES:
            sent.append((field.name, "\n".join(value)))
        elif field.kind is Kind.CHOICES:
            sent += [(field.name, each) for each in value]
        elif field.kind is Kind.CHECK:
            sent.append((field.name, "ja" if value else ""))
        elif value is not None:
            sent.append((field.name, value.isoformat() if isinstance(value, date) else str(value)))
    return read_typed(sent)


def accept(typed: Typed, suggestions: Iterable[Suggestion]) -> Typed:
    """Return `typed` with what is suggested for the fields in which nothing stands."""
    suggested = read_typed((each.field, each.value) for each in suggestions)
    return {name: values or suggested[name] for name, values in typed.items()}


def pack(typed: Typed) -> str:
    """Return what stood in the fields when they were shown, for a hidden field."""
    return json.dumps({name: list(values) for name, values in typed.items() if values}, ensure_ascii=False)


def unpack(text: str) -> Typed:
    """Return what `pack` has packed; nothing of any other text."""
    try:
        packed = json.loads(text)
        json.dumps(packed, ensure_ascii=False).encode()  # half of a surrogate pair, which JSON can name, is no text
    except (ValueError, RecursionError):
        return read_typed(())
    found = packed.items() if isinstance(packed, dict) else ()
    return read_typed(
        (name, each) for name, values in found if isinstance(values, list) for each in values if isinstance(each, str)
    )


def check(typed: Typed, shown: Typed | None = None) -> tuple[dict[str, Json], dict[str, str]]:
    """Return the metadata that was typed, and by field what is wrong with it; without `shown` empty fields say nothing.

    With `shown`, what stood in the fields before, only what was changed is returned; what was emptied is None.
    """
    before = shown or {}
    given: dict[str, Json] = {}
    faults: dict[str, str] = {}
    for field in FIELDS:
        values = typed.get(field.name, ())
        if values == before.get(field.name, ()):
            continue
        if not values:
            given[field.name] = None
        elif field.kind is Kind.NUMBER and not (values[0].isascii() and values[0].isdigit() and len(values[0]) <= 9):
            faults[field.name] = f"„{values[0][:20]}“ ist keine Zahl. Bitte nur Ziffern eingeben."
        else:
            given[field.name] = _convert(field, values)
    metadata, more = check_metadata(given)
    faults = more | faults
    return ({} if faults else metadata), faults


def view_fields(typed: Typed, faults: Mapping[str, str] = _NOTHING) -> tuple[FieldView, ...]:
    """Return the fields as they are shown, with what stands in them."""
    return tuple(
        FieldView(
            field,
            next(iter(typed.get(field.name, ())), ""),
            tuple(_list_options(field, typed.get(field.name, ()))),
            faults.get(field.name),
        )
        for field in FIELDS
    )


def _order(field: Field, values: Collection[str]) -> tuple[str, ...]:
    """Return the values in the order of the form, as a browser sends them; unknown ones last."""
    known = [value for value in load_taxonomy()[VOCABULARY_OF[field.name]] if value in values]
    return (*known, *sorted(set(values) - set(known)))


def _convert(field: Field, values: tuple[str, ...]) -> Json:
    if field.kind is Kind.CHOICES:
        return list(values)
    if field.kind is Kind.LINES:
        return list(values[0].split("\n"))
    if field.kind is Kind.NUMBER:
        return int(values[0])
    if field.kind is Kind.CHECK:
        return True
    if field.kind is Kind.DAY and (day := _GERMAN_DAY.fullmatch(values[0])):  # typed where the browser offers no calendar
        return f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"
    return values[0]


def _list_options(field: Field, chosen: tuple[str, ...]) -> Iterable[tuple[str, str, bool]]:
    """Yield the options of a field; one that is chosen and unknown stays to be seen."""
    if field.kind not in (Kind.CHOICE, Kind.CHOICES):
        return
    labels = LANGUAGES if field.name == "language" else load_taxonomy()[VOCABULARY_OF[field.name]]
    yield from ((value, label, value in chosen) for value, label in labels.items())
    yield from ((value, value, True) for value in chosen if value not in labels)
