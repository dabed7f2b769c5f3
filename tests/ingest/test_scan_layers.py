"""Scans with a text layer: the layer counts only as far as it says what the picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pypdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from ingest.extract.layout import Word
from ingest.extract.legible import agree
from ingest.extract.ocr import OcrPage, PageReader
from ingest.extract.pdf import extract_pdf
from ingest.extract.pdf_objects import is_scan
from ingest.limits import DEFAULT_LIMITS

PRINTED = "Der Betriebsrat hat nach dem Gesetz bei Fragen der Ordnung des Betriebs mitzubestimmen"
OTHER = "Dies ist ein anderes Dokument und handelt von Rosen im Garten"
SIZE = (400, 300)


def make_scan(path: Path, layer: str, *, mode: int = 3, width: int = SIZE[0], extra: bytes = b"") -> Path:
    """Write a page with a picture `width` points wide and `layer` as its text, drawn in that mode."""
    Image.new("L", (40, 30), 230).save(path, "PDF")
    writer = pypdf.PdfWriter(clone_from=path)
    page = writer.pages[0]
    page.mediabox.upper_right = SIZE
    page.cropbox.upper_right = SIZE
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}
    made = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
    resources = page["/Resources"]
    assert isinstance(resources, DictionaryObject)
    resources[NameObject("/Font")] = DictionaryObject({NameObject("/F1"): writer._add_object(made)})
    pictures = resources["/XObject"]
    assert isinstance(pictures, DictionaryObject)
    stream = StreamObject()
    drawn = f"q {width} 0 0 {SIZE[1]} 0 0 cm {next(iter(pictures))} Do Q BT /F1 8 Tf {mode} Tr 20 200 Td ({layer}) Tj ET "
    stream.set_data(drawn.encode("cp1252") + extra)
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.write(path)
    return path


def reader(text: str, confidence: float = 0.9) -> PageReader:
    """Return a stand-in for text recognition that sees `text` on every page."""

    def read(image: Image.Image, dpi: int) -> OcrPage:
        words: Sequence[Word] = [Word(word, 20.0 + 30 * n, 45.0 + 30 * n, 100.0, 8.0) for n, word in enumerate(text.split())]
        return OcrPage(list(words), 400.0, 300.0, confidence if words else 0.0, problem=None if words else "nichts")

    return read


def read_scan(path: Path, ocr: PageReader | None) -> tuple[str, tuple[str, ...]]:
    found = extract_pdf(path, DEFAULT_LIMITS, ocr=ocr)
    return " ".join(block.text for block in found.blocks), found.notices


def test_a_layer_of_another_text_gives_way_to_what_the_picture_shows(tmp_path: Path) -> None:
    text, notices = read_scan(make_scan(tmp_path / "a.pdf", OTHER), reader(PRINTED))
    assert text == PRINTED
    assert notices[-1] == "Seite 1: Die Textebene des Scans weicht vom Bild ab; gelesen wurde per Texterkennung."


def test_a_layer_that_agrees_stays_although_some_words_were_seen_otherwise(tmp_path: Path) -> None:
    seen = PRINTED.replace("Gesetz", "Gesefz").replace("Ordnung", "0rdnung")
    assert read_scan(make_scan(tmp_path / "a.pdf", PRINTED), reader(seen)) == (PRINTED, ())


def test_without_text_recognition_the_pages_are_named(tmp_path: Path) -> None:
    path = make_scan(tmp_path / "a.pdf", PRINTED)
    writer = pypdf.PdfWriter(clone_from=path)
    writer.append(path)
    writer.write(tmp_path / "zwei.pdf")
    _, (notice,) = read_scan(tmp_path / "zwei.pdf", None)
    assert notice.startswith("Textebene eines Scans, ungeprüft: Seiten 1, 2. Bitte die Texterkennung einrichten")


@pytest.mark.parametrize("ocr", [reader(""), reader("Dcr Bcfrieb5raf hot nch dm Gcsctz", confidence=0.4)])
def test_what_was_hardly_read_proves_nothing_against_the_layer(tmp_path: Path, ocr: PageReader) -> None:
    text, (notice,) = read_scan(make_scan(tmp_path / "a.pdf", PRINTED), ocr)
    assert text == PRINTED
    assert notice == "Textebene eines Scans, ungeprüft: Seite 1. Bitte die Stellen mit dem Bild vergleichen."


def tell(path: Path) -> bool:
    with pdfium.PdfDocument(path) as document:
        return is_scan(document[0])


def test_a_scan_is_a_picture_all_over_the_page_with_hidden_text(tmp_path: Path) -> None:
    assert tell(make_scan(tmp_path / "a.pdf", PRINTED))
    assert not tell(make_scan(tmp_path / "b.pdf", PRINTED, mode=0))  # text on a background
    assert not tell(make_scan(tmp_path / "c.pdf", PRINTED, width=200))  # half a page
    stamp = b"BT 0 Tr 20 20 Td (Seite 1) Tj ET "
    assert tell(make_scan(tmp_path / "d.pdf", PRINTED, extra=stamp))
    assert not tell(make_scan(tmp_path / "e.pdf", PRINTED, extra=stamp * 9))


def test_a_scan_inside_a_form_is_one_too(tmp_path: Path) -> None:
    """pypdf puts the page into a form when it draws it, scaled, on another page."""
    page = pypdf.PdfReader(make_scan(tmp_path / "a.pdf", PRINTED)).pages[0]
    for scale, expected in ((2, True), (1, False)):
        writer = pypdf.PdfWriter()
        target = writer.add_blank_page(800, 600)
        form = StreamObject()
        form.set_data(page.get_contents().get_data())  # type: ignore[union-attr]  # the page has contents
        form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
        form[NameObject("/BBox")] = page.mediabox
        form[NameObject("/Resources")] = page["/Resources"].clone(writer)
        forms = DictionaryObject({NameObject("/X1"): writer._add_object(form)})
        target[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): forms})
        stream = StreamObject()
        stream.set_data(f"q {scale} 0 0 {scale} 0 0 cm /X1 Do Q".encode())
        target[NameObject("/Contents")] = writer._add_object(stream)
        writer.write(tmp_path / "form.pdf")
        assert tell(tmp_path / "form.pdf") is expected


@given(st.lists(st.sampled_from(PRINTED.split()), min_size=1), st.lists(st.sampled_from(OTHER.split()), min_size=1))
def test_texts_agree_with_themselves_in_any_order_and_not_with_others(words: list[str], others: list[str]) -> None:
    assert agree(words, [f"{word.upper()}," for word in reversed(words)])
    assert not agree(words, others)
    assert agree(words, others) == agree(others, words)


def test_six_in_ten_words_are_enough() -> None:
    words = [f"wort{n}" for n in range(10)]
    assert agree(words, words[:6])
    assert not agree(words, words[:5])
