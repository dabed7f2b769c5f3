from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from pypdf.generic import NameObject

from ingest.blocks import Block, BlockKind, Extraction
from ingest.chunk import ChunkSizes, chunk
from ingest.extract import extract
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import NothingToIndex, UnreadableDocument


@pytest.fixture(scope="module")
def found(study: Path) -> Extraction:
    return extract(study, DEFAULT_LIMITS)


def of(found: Extraction, kind: BlockKind) -> list[Block]:
    return [block for block in found.blocks if block.kind is kind]


def test_headings_with_their_levels(found: Extraction) -> None:
    assert [(block.level, block.text) for block in of(found, BlockKind.HEADING)] == [
        (1, "Beschäftigte gewinnen und halten"),
        (1, "1 Ausgangslage"),
        (2, "1.1 Förderung"),
        (1, "2 Ergebnis"),
    ]


def test_two_columns_are_read_one_after_the_other_with_whole_words(found: Extraction, study_text: str) -> None:
    sections = chunk(found.blocks, ChunkSizes())
    text = " ".join(draft.text for draft in sections if draft.heading_path[-1:] == ("2 Ergebnis",))
    wanted = " ".join((study_text * 3).split())
    assert wanted in " ".join(text.split())


def test_the_text_has_the_real_hyphens_and_no_others(found: Extraction) -> None:
    (paragraph,) = [block for block in of(found, BlockKind.PARAGRAPH) if block.text.startswith("Die Förder-")]
    assert paragraph.text.startswith(
        "Die Förder- und Beratungsangebote der Länder helfen der IT-Sicherheit im Betrieb. Die Weiterbildungsbereitschaft"
    )


def test_running_header_page_number_and_contents_are_no_text(found: Extraction) -> None:
    text = "\n".join(block.text for block in found.blocks)
    assert "Kopfzeile" not in text
    assert "Inhaltsverzeichnis" not in text
    assert not re.search(r"\.{3}|(?:^|\n)\d+(?:\n|$)", text)


def test_notes_lists_captions_and_tables_stand_apart(found: Extraction) -> None:
    assert [block.text for block in of(found, BlockKind.FOOTNOTE)] == ["1 Vgl. § 87 Abs. 1 Nr. 6 BetrVG."]
    assert [block.text for block in of(found, BlockKind.LIST_ITEM)] == [
        "Erstens wird der Bedarf ermittelt.",
        "Zweitens wird der Antrag gestellt.",
    ]
    assert [block.text for block in of(found, BlockKind.TABLE)] == ["Jahr | Betriebe\n2023 | 12\n2024 | 17\n2025 | 21"]
    assert [block.text for block in of(found, BlockKind.CAPTION)] == ["Tabelle 1: Geförderte Betriebe"]


def test_labels_come_from_the_file_if_it_has_them(found: Extraction) -> None:
    labels = {block.page: (block.label, block.label_source) for block in found.blocks}
    assert labels[1] == ("i", "page_labels")
    assert labels[3] == ("1", "page_labels")
    assert found.page_count == max(page for page in labels if page)


def test_labels_are_read_off_the_page_if_the_file_has_none(study: Path, tmp_path: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=study)
    del writer.root_object[NameObject("/PageLabels")]
    writer.write(tmp_path / "ohne.pdf")
    labels = {block.page: (block.label, block.label_source) for block in extract(tmp_path / "ohne.pdf", DEFAULT_LIMITS).blocks}
    assert labels[3] == ("1", "print")
    assert labels[4] == ("2", "print")


def test_properties_are_handed_on_as_they_are(found: Extraction) -> None:
    assert found.properties["title"] == "Microsoft Word - Endfassung_v7.doc"
    assert found.properties["authors"] == "Redaktion Zukunfts-HUB"
    assert found.properties["language"] == "de"


def test_a_table_over_two_text_columns_is_no_prose(typeset: Callable[[str], Path]) -> None:
    cells = ", ".join(
        f"[Vorhaben Nummer {n} im Betrieb], [Ein längerer Text über die Regelung {n}], [Frist {n}]" for n in range(6)
    )
    blocks = extract(typeset(f"#set page(width: 160mm, height: 200mm)\n#table(columns: 3, {cells})"), DEFAULT_LIMITS).blocks
    assert [block.kind for block in blocks] == [BlockKind.TABLE]
    assert blocks[0].text.split("\n")[5] == "Vorhaben Nummer 5 im Betrieb | Ein längerer Text über die Regelung 5 | Frist 5"


def test_wrapped_cells_stay_in_their_row(typeset: Callable[[str], Path]) -> None:
    source = """#set page(width: 120mm, height: 200mm)
#set text(lang: "de", hyphenate: true)
#table(columns: (28mm, 28mm, 28mm), [Feld], [Regel], [Frist],
  [Qualitätsprüfung mit Bildverarbeitung], [Bildausschnitt], [vor dem Start],
  [Personalauswahl], [Auswahlrichtlinie und Unterrichtung], [jährlich],
  [Instandhaltung], [Zweckbindung], [halbjährlich])"""
    (block,) = extract(typeset(source), DEFAULT_LIMITS).blocks
    assert block.text == (
        "Feld | Regel | Frist\n"
        "Qualitätsprüfung mit Bildverarbeitung | Bildausschnitt | vor dem Start\n"
        "Personalauswahl | Auswahlrichtlinie und Unterrichtung | jährlich\n"
        "Instandhaltung | Zweckbindung | halbjährlich"
    )


def test_a_turned_page_reads_like_an_upright_one(typeset: Callable[[str], Path], tmp_path: Path) -> None:
    path = typeset("= Titel\nEin Absatz auf einer gedrehten Seite.\n\nNoch einer.")
    upright = extract(path, DEFAULT_LIMITS).blocks
    for angle in (90, 180, 270):
        writer = pypdf.PdfWriter(clone_from=path)
        writer.pages[0].rotate(angle)
        writer.write(tmp_path / "gedreht.pdf")
        turned = extract(tmp_path / "gedreht.pdf", DEFAULT_LIMITS)
        assert [block.text for block in turned.blocks] == [block.text for block in upright]
    assert [block.text for block in upright] == ["Titel", "Ein Absatz auf einer gedrehten Seite.", "Noch einer."]


def test_pages_without_text_layer_are_named(scan: Path, study: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingToIndex) as caught:
        extract(scan, DEFAULT_LIMITS)
    assert str(caught.value).startswith("2 Seiten ohne Textebene, OCR nötig")
    writer = pypdf.PdfWriter(clone_from=study)
    writer.append(scan)
    writer.write(tmp_path / "gemischt.pdf")
    count = len(pypdf.PdfReader(study).pages)
    assert extract(tmp_path / "gemischt.pdf", DEFAULT_LIMITS).notices == (
        f"2 Seiten ohne Textebene wurden nicht gelesen, OCR nötig: {count + 1}, {count + 2}.",
    )


def test_empty_pages_are_no_scans(typeset: Callable[[str], Path]) -> None:
    assert (
        extract(
            typeset("Ein Text auf der ersten Seite.\n#pagebreak()\n#pagebreak()\nUnd einer auf der dritten."), DEFAULT_LIMITS
        ).notices
        == ()
    )
    with pytest.raises(NothingToIndex, match="leere Seiten"):
        extract(typeset("#pagebreak()"), DEFAULT_LIMITS)


def test_protected_and_damaged_files_are_told_apart(locked: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="Passwort"):
        extract(locked, DEFAULT_LIMITS)
    (tmp_path / "kaputt.pdf").write_bytes(b"%PDF-1.7\nkein PDF")
    with pytest.raises(UnreadableDocument, match="beschädigt"):
        extract(tmp_path / "kaputt.pdf", DEFAULT_LIMITS)
