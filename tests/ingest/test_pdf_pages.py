"""PDF pages that are no plain text: scans, useless text layers, turned text, form fields, passwords."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from PIL import Image
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject, StreamObject, TextStringObject

from ingest.blocks import BlockKind
from ingest.extract.layout import Word
from ingest.extract.legible import is_legible
from ingest.extract.ocr import OcrPage
from ingest.extract.pdf import extract_pdf
from ingest.extract.pdf_objects import spread_value
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import NothingToIndex, UnreadableDocument

GERMAN = "Der Betrieb hat die Arbeitszeit neu geregelt und die Beschäftigten sind mit dem Ergebnis zufrieden. " * 4


def write_lines(image: Image.Image, dpi: int) -> OcrPage:
    """Stand in for text recognition: reads the same two lines on every page."""
    width, height = image.width * 72 / dpi, image.height * 72 / dpi
    lines = [["Ein", "erkannter", "Satz", "auf", "der", "Seite"], ["und", "seine", "zweite", "Zeile."]]
    words = [
        Word(text, 70.0 + 60 * n, 120.0 + 60 * n, 100.0 + 14 * y, 11.0)
        for y, line in enumerate(lines)
        for n, text in enumerate(line)
    ]
    return OcrPage(words, width, height, 0.91)


def read_nothing(image: Image.Image, dpi: int) -> OcrPage:
    return OcrPage([], image.width * 72 / dpi, image.height * 72 / dpi, 0.0)


def test_pages_without_text_layer_are_read_by_the_reader_that_is_handed_in(scan: Path) -> None:
    found = extract_pdf(scan, DEFAULT_LIMITS, ocr=write_lines)
    assert [(block.page, block.text) for block in found.blocks] == [
        (1, "Ein erkannter Satz auf der Seite und seine zweite Zeile."),
        (2, "Ein erkannter Satz auf der Seite und seine zweite Zeile."),
    ]
    assert found.notices == ("2 Seiten per Texterkennung gelesen (mittlere Sicherheit 91 %): 1, 2.",)
    assert all(len(block.places) == 2 for block in found.blocks)


def test_a_reader_that_finds_nothing_is_reported(scan: Path) -> None:
    with pytest.raises(NothingToIndex, match="2 Seiten ohne Textebene; die Texterkennung ist gescheitert"):
        extract_pdf(scan, DEFAULT_LIMITS, ocr=read_nothing)


def test_pages_with_text_are_never_handed_to_the_reader(study: Path) -> None:
    def refuse(image: Image.Image, dpi: int) -> OcrPage:
        raise AssertionError

    assert extract_pdf(study, DEFAULT_LIMITS, ocr=refuse).blocks


def shift(text: str) -> str:
    """Return what a font whose glyphs are numbered three places further makes of a text."""
    return "".join(chr((ord(c) - 97 + 3) % 26 + 97) if "a" <= c <= "z" else c for c in text.lower())


def test_a_text_layer_that_spells_nothing_counts_as_none(typeset: Callable[[str], Path]) -> None:
    path = typeset(f"#set page(width: 120mm, height: 120mm)\n{GERMAN}\n#pagebreak()\n{shift(GERMAN)}")
    without = extract_pdf(path, DEFAULT_LIMITS)
    assert {block.page for block in without.blocks} == {1}
    assert without.notices == (
        "Seite 2 ist mit unbrauchbarer Textebene (keine lesbaren Wörter) und wurde nicht gelesen, OCR nötig.",
    )
    assert {block.page for block in extract_pdf(path, DEFAULT_LIMITS, ocr=write_lines).blocks} == {1, 2}


@pytest.mark.parametrize(
    ("text", "legible"),
    [
        (GERMAN, True),
        (shift(GERMAN), False),
        ("The committee has discussed the question of working hours at length. " * 5, True),
        ("Совет обсудил вопрос о рабочем времени и принял решение. " * 6, True),
        ("\ue001\ue002\ue003 " * 60, False),
        ("\ufffd\ufffd\ufffdab " * 30, False),
        ("12.345,67 € 2024 17 % " * 40, True),
        ("zqx", True),
    ],
)
def test_language_is_told_from_glyph_numbers(text: str, legible: bool) -> None:
    assert is_legible(text.split()) is legible


def test_a_page_of_letters_as_drawings_needs_text_recognition(tmp_path: Path) -> None:
    steps = " ".join(f"{x} {y} l" for x in range(20, 100) for y in (30, 60, 30, 45))
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(200, 200)
    stream = StreamObject()
    stream.set_data(f"10 10 m {steps} f".encode())
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.write(tmp_path / "pfade.pdf")
    with pytest.raises(NothingToIndex, match="1 Seite ohne Textebene, OCR nötig"):
        extract_pdf(tmp_path / "pfade.pdf", DEFAULT_LIMITS)


def test_turned_text_is_a_paragraph_of_its_own(typeset: Callable[[str], Path]) -> None:
    found = extract_pdf(typeset(f"{GERMAN}\n\n#rotate(-90deg, reflow: true)[Senkrechter Hinweis am Rand]"), DEFAULT_LIMITS)
    texts = [block.text for block in found.blocks]
    assert texts[0].startswith("Der Betrieb hat")
    assert texts[-1] == "Senkrechter Hinweis am Rand"
    (place,) = found.blocks[-1].places
    assert place.bottom - place.top > place.right - place.left


def test_stamps_that_repeat_on_the_margin_are_left_out_and_told(typeset: Callable[[str], Path]) -> None:
    stamp = "#set page(background: place(left + horizon, rotate(-90deg, reflow: true)[Nur zum internen Gebrauch]))\n"
    found = extract_pdf(typeset(stamp + f"{GERMAN}\n#pagebreak()\n".join(["", "", "", GERMAN])), DEFAULT_LIMITS)
    assert not any("internen Gebrauch" in block.text for block in found.blocks)
    assert any(notice.startswith("Gedrehter oder schräger Text, der sich wiederholt") for notice in found.notices)


def test_boxes_stand_where_the_page_shows_the_text(typeset: Callable[[str], Path], tmp_path: Path) -> None:
    path = typeset(
        "#set page(width: 100mm, height: 200mm, margin: 0mm)\n#place(dx: 50mm, dy: 20mm)[#text(10pt)[Oben rechts steht es]]"
    )
    (block,) = extract_pdf(path, DEFAULT_LIMITS).blocks
    (place,) = block.places
    assert (place.start, place.end) == (0, len("Oben rechts steht es"))
    assert place.left == pytest.approx(0.5, abs=0.01)
    assert place.top == pytest.approx(0.1, abs=0.02)
    writer = pypdf.PdfWriter(clone_from=path)
    writer.pages[0].rotate(90)
    writer.write(tmp_path / "gedreht.pdf")
    (turned,) = extract_pdf(tmp_path / "gedreht.pdf", DEFAULT_LIMITS).blocks[0].places
    assert (turned.right, turned.top) == pytest.approx((1 - place.top, place.left), abs=0.001)


def test_places_of_a_study_share_the_letters_of_their_lines(study: Path) -> None:
    for block in extract_pdf(study, DEFAULT_LIMITS).blocks:
        assert block.places
        assert block.places[0].start <= 2
        assert block.places[-1].end >= len(block.text) - 2
        assert all(0 <= p.left < p.right <= 1 and 0 <= p.top < p.bottom <= 1 for p in block.places)
    table = next(b for b in extract_pdf(study, DEFAULT_LIMITS).blocks if b.kind is BlockKind.TABLE)
    assert [table.text[p.start : p.end] for p in table.places][:4] == ["Jahr", "Betriebe", "2023", "12"]


def add_field(path: Path, target: Path, value: str, flags: int = 0) -> None:
    writer = pypdf.PdfWriter(clone_from=path)
    field = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("name"),
            NameObject("/V"): TextStringObject(value),
            NameObject("/Ff"): NumberObject(flags),
            NameObject("/Rect"): ArrayObject(map(FloatObject, (120, 690, 400, 706))),
        }
    )
    reference = writer._add_object(field)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([reference])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([reference])})
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(form)
    writer.write(target)


def test_what_was_filled_into_a_form_is_text(typeset: Callable[[str], Path], tmp_path: Path) -> None:
    path = typeset("#set page(margin: 50pt)\n#v(85pt)\nName:\n\n" + GERMAN)
    add_field(path, tmp_path / "formular.pdf", "Erika Musterfrau")
    assert "Erika Musterfrau" in " ".join(block.text for block in extract_pdf(tmp_path / "formular.pdf", DEFAULT_LIMITS).blocks)
    add_field(path, tmp_path / "geheim.pdf", "Erika Musterfrau", flags=1 << 13)  # a password field
    assert "Erika" not in " ".join(block.text for block in extract_pdf(tmp_path / "geheim.pdf", DEFAULT_LIMITS).blocks)


def test_a_long_value_is_set_in_lines_inside_its_field() -> None:
    words = spread_value("Eine längere Angabe in einem hohen Feld\nund eine zweite Zeile", 100.0, 200.0, 50.0, 150.0)
    assert " ".join(word.text for word in words) == "Eine längere Angabe in einem hohen Feld und eine zweite Zeile"
    assert all(word.left >= 100 and word.right <= 205 and 50 < word.y < 150 for word in words)


def test_the_right_password_opens_a_wrong_one_names_the_option(locked: Path, study: Path) -> None:
    assert extract_pdf(locked, DEFAULT_LIMITS, password="geheim").blocks == extract_pdf(study, DEFAULT_LIMITS).blocks
    for password, message in ((None, "mit einem Passwort geschützt.*--password-file"), ("falsch", "öffnet das PDF nicht")):
        with pytest.raises(UnreadableDocument, match=message):
            extract_pdf(locked, DEFAULT_LIMITS, password=password)


def test_a_file_that_only_its_owner_may_change_is_open_to_read(study: Path, tmp_path: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=study)
    writer.encrypt("", owner_password="geheim", algorithm="RC4-128")
    writer.write(tmp_path / "nur_lesen.pdf")
    found = extract_pdf(tmp_path / "nur_lesen.pdf", DEFAULT_LIMITS)
    assert found.blocks == extract_pdf(study, DEFAULT_LIMITS).blocks
    assert found.properties["language"] == "de"
