from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import Block, BlockKind, Extraction
from ingest.describe import describe
from ingest.metadata.file_properties import detect_language, is_rubbish_title
from search_service.documents import Metadata
from search_service.errors import InvalidMetadata

H, P = BlockKind.HEADING, BlockKind.PARAGRAPH
PATH = Path("/ablage/leitfaden_mobile-arbeit.pdf")
SIDECAR = """
title: Mobile Arbeit regeln
authors: [Ada Lovelace, Grace Hopper]
date: 2025-03-01
publisher: Zukunfts-HUB
type: Leitfaden
collection: Ch@nge Wissen
sector: [Handwerk, logistik]
topics: mobile-arbeit
audience: [Betriebsrat]
language: de-DE
licence: CC BY 4.0
url: https://example.org/x
valid-until: 31.12.2027
note: Ein Beispiel.
"""


def extraction(*blocks: Block, front_matter: str | None = None, **properties: str) -> Extraction:
    return Extraction("application/pdf", 1, blocks, properties, front_matter)


def test_a_sidecar_says_everything() -> None:
    found = describe(PATH, extraction(), SIDECAR.encode())
    assert found.notices == ()
    assert found.metadata == Metadata(
        title="Mobile Arbeit regeln",
        authors=("Ada Lovelace", "Grace Hopper"),
        year=2025,
        publisher="Zukunfts-HUB",
        type="guide",
        collection="wissen",
        sectors=("handwerk", "logistik"),
        topics=("mobile-arbeit",),
        audience=("betriebsrat",),
        language="de",
        license="CC BY 4.0",
        source_url="https://example.org/x",
        valid_until=date(2027, 12, 31),
        note="Ein Beispiel.",
    )


def test_the_nearer_source_wins_field_by_field() -> None:
    given_ = extraction(
        Block(H, "Titelseite", 1, 1),
        front_matter="title: Vorspann\nauthor: A. B.",
        title="Eigenschaft des PDFs",
        authors="C. D.",
    )
    found = describe(PATH, given_, b"title: Begleitdatei").metadata
    assert (found.title, found.authors) == ("Begleitdatei", ("A. B.",))
    assert describe(PATH, extraction(Block(H, "Titelseite", 1, 1), title="Eigenschaft des PDFs"), None).metadata.title == (
        "Eigenschaft des PDFs"
    )
    assert describe(PATH, extraction(Block(H, "Titelseite", 1, 1)), None).metadata.title == "Titelseite"
    assert describe(PATH, extraction(), None).metadata.title == "Leitfaden mobile arbeit"


@pytest.mark.parametrize(
    "title",
    [
        "Microsoft Word - Endfassung_v7.doc", "Endfassung.indd", "untitled", "Unbenannt-1", "Dokument 3",
        "leitfaden_mobile-arbeit", "Titel", "PowerPoint-Präsentation", "Layout 1", "12345", "studie_final", "x",
    ],
)  # fmt: skip
def test_titles_that_name_the_file_are_not_believed(title: str) -> None:
    assert is_rubbish_title(title, PATH)
    assert describe(PATH, extraction(Block(H, "Mobile Arbeit", 1, 1), title=title), None).metadata.title == "Mobile Arbeit"


@pytest.mark.parametrize("title", ["Mobile Arbeit", "KI im Betrieb: Version 2", "Leitfaden mobile Arbeit", "Arbeit 4.0"])
def test_titles_of_works_are_believed(title: str) -> None:
    assert not is_rubbish_title(title, PATH)


def test_rubbish_authors_are_left_out_and_real_ones_parted() -> None:
    found = describe(PATH, extraction(authors="Windows-Benutzer; Ada Lovelace und Grace Hopper"), None).metadata
    assert found.authors == ("Ada Lovelace", "Grace Hopper")
    assert describe(PATH, extraction(authors="Lovelace, Ada"), None).metadata.authors == ("Lovelace, Ada",)


def test_a_body_with_und_in_its_name_is_one_author() -> None:
    given_ = extraction(authors="Bundesministerium der Justiz und für Verbraucherschutz")
    assert describe(PATH, given_, None).metadata.authors == ("Bundesministerium der Justiz und für Verbraucherschutz",)
    assert describe(PATH, extraction(authors="(c) 2003, 2009 Mark Muster"), None).metadata.authors == ()


def test_identifiers_follow_the_same_order_of_sources_and_wrong_ones_are_told() -> None:
    printed = Block(P, "ISBN 978-3-16-148410-0", None, 1)
    known = describe(PATH, extraction(printed, doi="https://doi.org/10.1000/EIGEN", isbn="kaputt"), None).metadata
    assert (known.doi, known.isbn) == ("10.1000/eigen", "9783161484100")
    found = describe(PATH, extraction(printed, doi="10.1000/datei"), b"doi: 10.1000/beilage\nisbn: 978-3-16-148410-1")
    assert (found.metadata.doi, found.metadata.isbn) == ("10.1000/beilage", "9783161484100")
    assert found.notices == (
        "Der Wert „978-3-16-148410-1“ im Feld „isbn“ in der Begleitdatei ist nicht verwendbar und wurde nicht übernommen.",
    )


@pytest.mark.parametrize(
    ("line", "told"), [("eigenständig: ja", True), ("standalone: true", True), ("eigenständig: nein", False)]
)
def test_an_editor_may_say_that_a_work_stands_alone(line: str, told: bool) -> None:
    found = describe(PATH, extraction(), line.encode())
    assert (found.metadata.standalone, found.notices) == (told, ())


def test_suggestions_cannot_be_stated() -> None:
    found = describe(PATH, extraction(), b"suggestions: [guide]")
    assert found.metadata.suggestions == ()
    assert "unbekannt" in found.notices[0]


def test_unknown_fields_and_values_are_named_with_what_was_probably_meant() -> None:
    found = describe(PATH, extraction(), b"titel: A\nsektor: handwerk\ntype: Leitfade\nyear: bald\nsector: [Handwerk, Bergbau]")
    assert found.metadata.title == "A"
    assert found.metadata.type is None and found.metadata.year is None and found.metadata.sectors == ("handwerk",)
    text = " ".join(found.notices)
    assert "„sektor“" in text and "gemeint ist vielleicht „sector“" in text
    assert "gemeint ist vielleicht „Leitfaden“" in text
    assert "„bald“" in text and "„Bergbau“" in text
    assert len(found.notices) == 4


@pytest.mark.parametrize(
    "sidecar",
    [b"title: [offen", b"- eine\n- Liste", b"nur Text", b"\xff\xfe\xfa", b"!!python/object/apply:os.system ['true']"],
)
def test_a_broken_sidecar_fails_the_file(sidecar: bytes) -> None:
    with pytest.raises(InvalidMetadata, match="Begleitdatei"):
        describe(PATH, extraction(), sidecar)


@pytest.mark.parametrize("line", ["title: {}", "year: {}", "authors: [{}]"])
def test_a_number_too_long_to_write_out_fails_the_file(line: str) -> None:
    with pytest.raises(InvalidMetadata, match="Zahl in der Begleitdatei ist viel zu lang"):
        describe(PATH, extraction(), line.format("0x" + "f" * 5000).encode())


def test_references_that_grow_without_end_are_not_written_out() -> None:
    lines = [
        "a0: &a0 [x, x]",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)),
        "year: *a39",
        "title: *a39",
    ]
    found = describe(PATH, extraction(), "\n".join(lines).encode())
    assert found.metadata.year is None
    assert any("„…“ im Feld „year“" in notice for notice in found.notices)


@given(st.dictionaries(st.sampled_from(["title", "authors", "year", "type", "valid_until", "x"]), st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
), max_size=4))  # fmt: skip
def test_any_values_give_metadata_with_a_title(values: dict[str, object]) -> None:
    import yaml

    found = describe(PATH, extraction(), yaml.safe_dump(values, allow_unicode=True).encode()).metadata
    assert found.title and all(isinstance(name, str) for name in found.authors)


def test_a_site_name_is_cut_off_a_page_title() -> None:
    found = describe(PATH, extraction(Block(H, "Anforderungen", 1), title="5 Anforderungen – Handbuch IT"), None).metadata
    assert found.title == "Anforderungen"


def test_a_year_is_taken_from_the_title_page_only_if_it_is_the_only_one() -> None:
    one = extraction(Block(H, "Studie", 1, 1), Block(P, "Dortmund, Stand: 1. Juli 2025", None, 1))
    two = extraction(Block(H, "Studie 2019", 1, 1), Block(P, "Dortmund 2025", None, 1))
    assert describe(PATH, one, None).metadata.year == 2025
    assert describe(PATH, two, None).metadata.year is None


def test_the_language_is_told_only_when_it_is_clear() -> None:
    german = Block(P, "Die Arbeit ist nicht nur für den Betrieb und die Leute auch eine Sache der Zeit. " * 5)
    english = Block(P, "The work of this house is not for you and it has to be on the way by that time. " * 5)
    assert detect_language([german]) == "de"
    assert detect_language([english]) == "en"
    assert detect_language([german, english]) is None
    assert detect_language([Block(P, "Die Arbeit")]) is None
