"""Metadata that editors state: what is taken, what is refused, and that the reader of sidecars takes the same."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ingest.describe import read_metadata
from search_service.admin_questions import MetadataRequest, read_metadata_part
from search_service.documents import Metadata
from search_service.problems import explain_form
from search_service.taxonomy import load_taxonomy

WHOLE = {
    "title": "Leitfaden Schichtplanung", "authors": ["Anna Berg", "Jörg Tal"], "year": 2025, "publisher": "Zukunfts-HUB",
    "type": "guide", "collection": "wissen", "sectors": ["handwerk"], "topics": ["ki"], "audience": ["betriebsrat"],
    "language": "de", "license": "CC BY 4.0", "source_url": "https://example.org/a", "valid_until": "2026-12-31",
    "doi": "10.1000/xyz", "isbn": "9783161484100", "urn": "urn:nbn:de:101:1-201102033592", "standalone": True, "edition": 2,
    "note": "Konstruierter Fallbericht.",
}  # fmt: skip


def test_every_field_of_a_document_can_be_stated() -> None:
    assert set(WHOLE) == {field.name for field in fields(Metadata)} - {"suggestions"}
    assert MetadataRequest.model_validate(WHOLE).to_sidecar() == WHOLE
    assert set(MetadataRequest.model_fields) == set(WHOLE)


def test_labels_and_loose_spellings_are_understood() -> None:
    given_fields = {"type": "Leitfaden", "title": "  A \n B ", "isbn": "978-3-16-148410-0", "topics": ["ki", "KI"]}
    told = MetadataRequest.model_validate(given_fields).to_sidecar()
    assert (told["title"], told["isbn"]) == ("A B", "9783161484100")
    assert told["type"] == "guide"
    assert told["topics"] == ["ki"]


@pytest.mark.parametrize("text", ["10.1000/XYZ_1", "https://doi.org/10.1000/xyz_1", "doi:10.1000/xyz_1", " DOI 10.1000/xyz_1 "])
def test_a_doi_is_read_with_its_resolver_or_label(text: str) -> None:
    assert MetadataRequest.model_validate({"doi": text}).to_sidecar() == {"doi": "10.1000/xyz_1"}


def test_what_is_taken_back_stays_visible() -> None:
    assert MetadataRequest.model_validate({"year": None}).to_edits() == {"year": None}
    assert read_metadata_part(b'{"year": null, "topics": [], "title": "A"}') == {"year": None, "topics": [], "title": "A"}
    assert read_metadata_part(None) == read_metadata_part(b" ") == {}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "", "Der Text ist leer"),
        ("title", "x" * 301, "301 Zeichen zu lang (höchstens 300)"),
        ("title", "a\x00b", "Steuerzeichen"),
        ("title", "\ud800", "kein gültiges Unicode"),
        ("title", 5, "„title“ muss ein Text sein"),
        ("authors", "Anna Berg", "muss eine Liste von Texten sein"),
        ("authors", ["a"] * 101, "höchstens 100"),
        ("year", 1066, "1066 ist kein Jahr zwischen 1400 und 2100"),
        ("year", 10**30, "ist kein Jahr"),
        ("year", True, "„year“ muss eine ganze Zahl sein"),
        ("edition", "2", "„edition“ muss eine ganze Zahl sein"),
        ("type", "roman", "Erlaubt sind: study, guide"),
        ("language", "deutsch", "ISO 639-1"),
        ("source_url", "javascript:alert(1)", "http://"),
        ("source_url", "https://a b", "http://"),
        ("source_url", "https://a\u008a", "http://"),
        ("valid_until", "31.12.2026", "die Form 2026-12-31"),
        ("valid_until", "2026-02-30", "im Kalender"),
        ("doi", "zehn", "keine gültige DOI"),
        ("doi", "10.1000/xyz_1%2", "keine gültige DOI"),
        ("doi", "siehe 10.1000/xyz", "keine gültige DOI"),
        ("urn", "urn:nbn:de:101:1-201102033592 und mehr", "keine gültige URN"),
        ("isbn", "9783161484101", "Prüfziffer"),
        ("urn", "urn:nbn:de:101:1-201102033593", "Prüfziffer"),
        ("standalone", "vielleicht", "muss true oder false sein"),
        ("edition", 0, "zwischen 1 und 999"),
        ("note", "x" * 501, "höchstens 500"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_in_german(field: str, value: object, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MetadataRequest.model_validate({field: value})
    errors = [{**error, "loc": ("body", *error["loc"])} for error in refused.value.errors(include_url=False)]
    assert told in " ".join(each.detail for each in explain_form(errors, {}))


def some(field: str) -> st.SearchStrategy[object]:
    words = st.text(min_size=1, max_size=60)
    by_field: dict[str, st.SearchStrategy[object]] = {
        "year": st.integers(1390, 2110),
        "edition": st.integers(-1, 1001),
        "standalone": st.booleans(),
        "valid_until": st.dates(date(1900, 1, 1)).map(date.isoformat),
        "language": st.sampled_from(["de", "en", "xx"]),
        "source_url": st.sampled_from(["https://example.org/?a=b&c", "http://x"]),
    }
    vocabulary = {"type": "type", "collection": "collection", "sectors": "sector", "topics": "topic", "audience": "audience"}
    if field in vocabulary:
        value = st.sampled_from(list(load_taxonomy()[vocabulary[field]]))
        return value if field in ("type", "collection") else st.lists(value, min_size=1, max_size=4)
    if field == "authors":
        return st.lists(words, min_size=1, max_size=4)
    return by_field.get(field, st.sampled_from([WHOLE[field]]) | words)


@given(st.fixed_dictionaries({}, optional={field: some(field) for field in WHOLE}))
def test_what_is_accepted_here_is_accepted_by_the_reader_of_sidecars(chosen: dict[str, object]) -> None:
    try:
        told = read_metadata_part(json.dumps(chosen).encode())
    except ValidationError:
        return
    sidecar = yaml.safe_dump(told, allow_unicode=True).encode()
    understood, _ = read_metadata(sidecar, "der Begleitdatei")
    printable = {name for name, value in told.items() if any(map(str.isalnum, str(value)))}
    assert printable <= understood.keys() <= told.keys()
    for name in ("year", "edition", "standalone", "type", "collection", "language"):
        if name in told:
            assert understood[name] == told[name]
