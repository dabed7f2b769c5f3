"""The form of metadata: filled, read, checked, and what was changed in it."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from search_service.documents import Metadata, Suggestion
from search_service.site.editing.metadata_form import FIELDS, NAMES, accept, check, fill, pack, read_typed, unpack, view_fields
from tests.search_service.small_library import write_drafts

FULL = Metadata(
    title="Übergabe <b>gelingt</b>",
    authors=("A. Ä", "B & Co."),
    year=2025,
    publisher="HUB",
    type="guide",
    collection="wissen",
    sectors=("industrie", "handwerk"),
    topics=("ki",),
    audience=("betriebsrat",),
    language="de",
    license="CC BY 4.0",
    source_url="https://example.org/a",
    valid_until=date(2027, 12, 31),
    doi="10.1000/xyz",
    isbn="9783161484100",
    urn="urn:nbn:de:101:1-201102033592",
    standalone=True,
    edition=2,
    note="Hinweis",
)


def test_every_field_of_the_metadata_can_be_changed() -> None:
    assert {field.name for field in dataclasses.fields(Metadata)} - {"suggestions"} == NAMES
    assert all(fill(FULL)[name] for name in NAMES)


@pytest.mark.parametrize("known", [FULL, Metadata("Nur ein Titel"), *(draft.metadata for draft in write_drafts()[:4])])
def test_what_is_only_looked_at_changes_nothing(known: Metadata) -> None:
    shown = fill(known)
    assert unpack(pack(shown)) == shown
    sent = [(name, value.replace("\n", "\r\n")) for name, values in shown.items() for value in values]  # as browsers send lines
    assert check(read_typed(sent), shown) == ({}, {})


def test_a_whole_form_says_what_a_sidecar_would() -> None:
    metadata, faults = check(fill(FULL))
    assert not faults
    assert metadata == {
        **{field.name: getattr(FULL, field.name) for field in dataclasses.fields(FULL) if field.name != "suggestions"},
        "authors": ["A. Ä", "B & Co."],
        "sectors": ["industrie", "handwerk"],
        "topics": ["ki"],
        "audience": ["betriebsrat"],
        "valid_until": "2027-12-31",
    }


def test_only_what_was_changed_is_said_and_what_was_emptied_is_taken_back() -> None:
    shown = fill(FULL)
    typed = {**shown, "title": ("Neu",), "publisher": (), "topics": (), "standalone": (), "sectors": ("industrie",)}
    assert check(typed, shown) == (
        {"title": "Neu", "publisher": None, "topics": None, "standalone": None, "sectors": ["industrie"]},
        {},
    )


def test_blanks_and_empty_lines_do_not_count() -> None:
    typed = read_typed([("title", "  A  "), ("authors", " X \r\n\r\n  Y\n"), ("year", " "), ("topics", ""), ("unbekannt", "z")])
    assert check(typed) == ({"title": "A", "authors": ["X", "Y"]}, {})


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("year", "zweitausend", "Bitte nur Ziffern"),
        ("year", "٢٠٢٥", "Bitte nur Ziffern"),
        ("year", "12", "kein Jahr"),
        ("edition", "0", "Auflage"),
        ("type", "<script>", "nicht vorgesehen"),
        ("topics", "unsinn", "nicht vorgesehen"),
        ("source_url", "javascript:alert(1)", "https://"),
        ("valid_until", "31.2.2027", "Kalender"),
        ("title", "a\x00b", "Steuerzeichen"),
        ("title", "x" * 301, "zu lang"),
        ("isbn", "978-3-16-148410-1", "ISBN"),
        ("language", "deutsch", "Sprache"),
    ],
)
def test_what_cannot_be_taken_is_told_at_its_field_and_stays_to_be_seen(name: str, text: str, told: str) -> None:
    typed = read_typed([("title", "Titel"), (name, text)] if name != "title" else [(name, text)])
    metadata, faults = check(typed)
    assert metadata == {}
    assert list(faults) == [name]
    assert told in faults[name]
    assert "null" not in faults[name]
    shown = next(view for view in view_fields(typed, faults) if view.field.name == name)
    assert shown.fault == faults[name]
    assert text in (shown.value, *(value for value, _, chosen in shown.options if chosen))


def test_a_day_may_be_typed_as_germans_write_it() -> None:
    assert check(read_typed([("valid_until", "1.2.2027")])) == ({"valid_until": "2027-02-01"}, {})


@pytest.mark.parametrize("text", ["", "[]", "{", '{"title": 3}', '{"title": [3, null]}', "[" * 100_000])
def test_a_hidden_field_that_was_tampered_with_says_nothing(text: str) -> None:
    assert not any(unpack(text).values())


def test_suggestions_are_entered_where_nothing_stands() -> None:
    suggestions = (
        Suggestion("topics", "schichtplanung", 0.9),
        Suggestion("topics", "ki", 0.7),
        Suggestion("type", "study", 0.8),
    )
    shown = fill(dataclasses.replace(FULL, topics=()))
    typed = accept(shown, suggestions)
    assert check(typed, shown) == ({"topics": ["ki", "schichtplanung"]}, {})  # in the order of the form; the type stays


def test_options_are_told_by_their_german_names() -> None:
    views = {view.field.name: view for view in view_fields(fill(FULL))}
    assert ("guide", "Leitfaden", True) in views["type"].options
    assert ("logistik", "Logistik", False) in views["sectors"].options
    assert all(field.label for field in FIELDS)
