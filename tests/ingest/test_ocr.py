from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from ingest.extract.columns import order_rows
from ingest.extract.hocr import ReadLine, ReadWord, parse_hocr
from ingest.extract.layout import build_segments
from ingest.extract.ocr import COLUMN_GAP, Ocr, build_page, find_ocr, make_reader, read_image
from ingest.extract.strokes import find_bold, measure_stroke
from ingest.limits import DEFAULT_LIMITS

FOUND = find_ocr()
with_tesseract = pytest.mark.skipif(
    FOUND is None and not os.environ.get("CI"), reason="tesseract with German data is not installed; it is optional"
)

HOCR = """<?xml version="1.0" encoding="UTF-8"?><html><body>
<div class='ocr_page' title='image "-"; bbox 0 0 2480 3509; ppageno 0; scan_res 300 300'>
 <div class='ocr_carea' title="bbox 496 249 942 303"><p class='ocr_par' lang='deu' title="bbox 496 249 942 303">
  <span class='ocr_header' title="bbox 496 249 942 303; baseline 0.002 -12; x_size 54; x_descenders 12; x_ascenders 14">
   <span class='ocrx_word' title='bbox 496 252 520 291; x_wconf 81'>1</span>
   <span class='ocrx_word' title='bbox 594 249 942 303; x_wconf 77'><strong>Allge<em>meines</em></strong></span>
  </span></p></div>
 <div class='ocr_carea' title="bbox 493 361 1893 402">
  <span class='ocr_line' title="bbox 579 495 621 1920; textangle 90; x_size 43">
   <span class='ocrx_word' title='bbox 493 362 557 394; x_wconf 92'>Größe &amp;</span>
   <span class='ocrx_word' title='bbox 575 361 829 402; x_wconf 12'> </span>
  </span></div>
</div></body></html>"""


def test_hocr_read_by_hand() -> None:
    lines, words = parse_hocr(HOCR)
    assert lines == [
        ReadLine(496, 942, 303, 0.002, -12, 54, 0, 1),
        ReadLine(579, 621, 1920, 0, 0, 43, 90, 2),
    ]
    assert words == [
        ReadWord("1", 496, 252, 520, 291, 0.81, 0),
        ReadWord("Allgemeines", 594, 249, 942, 303, 0.77, 0),
        ReadWord("Größe&", 493, 362, 557, 394, 0.92, 1),
    ]
    assert lines[0].baseline_at(496 + 100) == pytest.approx(303 - 12 + 0.2)


@given(st.text(alphabet="<>='\" abboxclsqw_0123456789.-;/&", max_size=200))
def test_anything_else_gives_no_words_and_no_error(text: str) -> None:
    assert parse_hocr(text)[1] == []


def make_lines(count: int, *, slope: float = 0.0, left: float = 100, right: float = 1100, block: int = 1) -> list[ReadLine]:
    return [ReadLine(left, right, 200.0 + 50 * n, slope, -8.0, 42.0, 0, block) for n in range(count)]


def test_points_baselines_sizes_and_hyphens() -> None:
    lines = make_lines(3)
    words = [
        ReadWord("Förde-", 900, 160, 1100, 200, 0.9, 0),
        ReadWord("rung", 100, 210, 200, 250, 0.5, 1),
        ReadWord("~°", 300, 210, 320, 250, 0.1, 1),
        ReadWord("-", 100, 260, 110, 300, 0.9, 2),
    ]
    page = build_page(lines, words, 1200, 600, 144.0)
    assert [word.text for word in page.words] == ["Förde\x02", "rung", "-"]
    assert [(word.left, word.right, word.y) for word in page.words[:2]] == [(450, 550, 96), (50, 100, 121)]
    assert {word.size for word in page.words} == {21.0}
    assert (page.width, page.height) == (600, 300)
    assert page.confidence == pytest.approx((0.9 * 6 + 0.5 * 4 + 0.9) / 11)
    assert page.left_out == pytest.approx(2 / 13)


def test_nothing_read_is_a_page_without_confidence() -> None:
    page = build_page([], [], 100, 200, 72.0)
    assert (page.words, page.confidence, page.left_out, page.width, page.height) == ([], 0.0, 0.0, 100, 200)
    assert page.problem == "Texterkennung fand keinen lesbaren Text"


def test_sizes_of_one_kind_of_line_are_made_even_and_headings_stay_larger() -> None:
    heights = [41.0, 44.6, 38.4, 42.0, 60.0, 32.0]
    lines = [replace(line, size=size) for line, size in zip(make_lines(6), heights, strict=True)]
    words = [ReadWord("Wort" * 5, 100, 0, 900, 40, 0.9, number) for number in range(6)]
    sizes = [word.size for word in build_page(lines, words, 1200, 600, 300.0).words]
    assert sizes == [10.0, 10.0, 10.0, 10.0, 14.5, 7.5]


@given(st.floats(-0.05, 0.05), st.integers(3, 8))
def test_a_tilted_page_has_level_lines(slope: float, count: int) -> None:
    """Words of two columns that stood on one level before the page was tilted do so again."""
    left = make_lines(count, slope=slope, left=100, right=500, block=1)
    right = [
        replace(line, left=600, right=1000, bottom=line.bottom + slope * 500, block=2) for line in left
    ]  # the same level, further along the slope
    words = [
        ReadWord("Wort", line.left, line.bottom - 40, line.right, line.bottom, 0.9, n) for n, line in enumerate(left + right)
    ]
    page = build_page(left + right, words, 1100, 800, 72.0)
    for number in range(count):
        assert page.words[number].y == pytest.approx(page.words[number + count].y, abs=0.01)


def test_columns_close_together_stay_apart() -> None:
    """A booklet scanned two pages at a time: lines of both pages are nearer to each other than two words may be."""
    left = make_lines(4, left=100, right=1000, block=1)
    right = make_lines(4, left=1030, right=1900, block=2)
    words = [
        ReadWord(f"{text}{n}", line.left + x, line.bottom - 40, line.left + x + 440, line.bottom, 0.9, n)
        for n, line in enumerate(left + right)
        for text, x in (
            (("Anfang der Zeile ", 0), ("Ende der Zeile ", 460)) if n < 4 else (("Rechts am Anfang ", 0), ("hinten ", 430))
        )
    ]
    page = build_page(left + right, words, 2000, 800, 300.0)
    gaps = [min(w.left for w in page.words[8:]) - word.right for word in page.words[1:8:2]]
    assert min(gaps) >= COLUMN_GAP * 10 - 0.01
    assert [row.column for row in order_rows(build_segments(page.words))] == [0] * 4 + [1] * 4
    one_block = build_page([replace(line, block=1) for line in left + right], words, 2000, 800, 300.0)
    assert one_block.words[1].right > page.words[1].right  # a line that tesseract itself tore inside a block is left alone


def test_the_thickness_of_strokes_measured_by_hand() -> None:
    word = Image.new("L", (40, 20), 255)
    ImageDraw.Draw(word).rectangle((5, 5, 34, 8), fill=0)  # 30 x 4, of which 28 x 2 are left
    assert measure_stroke(word) == pytest.approx(2 / (1 - 56 / 120))
    assert measure_stroke(Image.new("L", (40, 20), 255)) is None
    assert measure_stroke(Image.new("L", (0, 20), 255)) is None


def test_a_line_with_thicker_strokes_than_the_page_is_bold() -> None:
    picture = Image.new("L", (800, 600), 255)
    draw = ImageDraw.Draw(picture)
    lines = [ReadLine(0, 800, 50.0 + 50 * n, 0, 0, 40, 0, 1) for n in range(10)]
    words = []
    for number, line in enumerate(lines):
        for x in range(0, 800, 200):
            thickness = 8 if number == 4 else 4
            draw.line((x + 20, line.bottom - 30, x + 20, line.bottom), fill=0, width=thickness)
            words.append(ReadWord("Wort", x, line.bottom - 40, x + 100, line.bottom, 0.9, number))
    assert find_bold(picture, lines, words) == {4}
    assert find_bold(picture, lines, words[12:24]) == frozenset()  # too few to know what is usual
    page = build_page(lines, words, 800, 600, 300.0, bold={4})
    assert {word.bold for word in page.words[16:20]} == {True}
    assert not any(word.bold for word in page.words[:16] + page.words[20:])


def test_no_program_or_no_german_data_is_no_text_recognition(tmp_path: Path) -> None:
    assert find_ocr(str(tmp_path)) is None
    fake = tmp_path / "tesseract"
    fake.write_text("#!/bin/sh\necho eng\necho osd\n")
    fake.chmod(0o755)
    assert find_ocr(str(tmp_path)) is None
    fake.write_text("#!/bin/sh\nexit 3\n")
    assert find_ocr(str(tmp_path)) is None
    fake.write_text("#!/bin/sh\necho deu\n")
    assert find_ocr(str(tmp_path)) == Ocr(str(fake), finds_orientation=False)


def test_a_program_that_hangs_or_fails_costs_its_page_only(tmp_path: Path) -> None:
    fake = tmp_path / "tesseract"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    limits = replace(DEFAULT_LIMITS, ocr_seconds_per_page=0.3)
    picture = Image.new("L", (300, 400), 255)
    page = read_image(picture, 300, limits, Ocr(str(fake), finds_orientation=True))
    assert (page.words, page.width, page.height) == ([], 72, 96)
    assert page.problem is not None
    assert "länger als" in page.problem
    fake.write_text("#!/bin/sh\nexit 1\n")
    assert (
        read_image(picture, 300, limits, Ocr(str(fake), finds_orientation=True)).problem == "Texterkennung ist fehlgeschlagen"
    )


def test_every_page_is_announced_and_no_more_are_read_than_allowed(tmp_path: Path) -> None:
    fake = tmp_path / "tesseract"
    fake.write_text("#!/bin/sh\ncat >/dev/null\n")
    fake.chmod(0o755)
    begun: list[int] = []
    read = make_reader(Ocr(str(fake), finds_orientation=True), replace(DEFAULT_LIMITS, ocr_pages=2), lambda: begun.append(1))
    pages = [read(Image.new("L", (300, 400), 255), 300) for _ in range(3)]
    assert len(begun) == 2
    assert [page.problem for page in pages[:2]] == ["Texterkennung fand keinen lesbaren Text"] * 2
    assert pages[2].problem == "mehr als 2 Seiten für die Texterkennung"


@pytest.fixture(scope="module")
def picture(typeset: Callable[[str], Path]) -> Image.Image:
    """Return a page at 200 dpi with a heading and two columns."""
    source = """#set text(lang: "de", hyphenate: true, size: 11pt)
#set par(justify: true)
#set page(width: 160mm, height: 110mm, margin: 12mm, columns: 2)
#place(top + center, scope: "parent", float: true, text(18pt)[Größere Betriebe])
SENTENCE
#colbreak()
OTHER"""
    filled = source.replace("SENTENCE", "Übermäßige Förderung ärgert die Nachbarn im Gewerbegebiet sehr. " * 5)
    document = pdfium.PdfDocument(
        typeset(filled.replace("OTHER", "Jüngere Beschäftigte möchten öfter zu Hause arbeiten. " * 5))
    )
    try:
        return document[0].render(scale=200 / 72, grayscale=True).to_pil()
    finally:
        document.close()


def spell_rows(picture: Image.Image, dpi: int = 200) -> tuple[int, list[str]]:
    assert FOUND is not None
    page = read_image(picture, dpi, DEFAULT_LIMITS, FOUND)
    assert bool(page.words) is (page.problem is None)
    return page.turned, [row.text for row in order_rows(build_segments(page.words))]


@with_tesseract
@pytest.mark.parametrize("angle", [0, 90, 180, 1.2])
def test_german_columns_are_read_one_after_the_other_however_the_page_lies(picture: Image.Image, angle: float) -> None:
    turned, rows = spell_rows(picture.rotate(angle, expand=True, fillcolor=255))
    assert turned == round(angle / 90) * 90
    assert rows[0] == "Größere Betriebe"
    text = re.sub(r"\x02 ?| \x02", "", " ".join(rows[1:])).replace("- ", "")
    assert text.index("Förderung ärgert die Nachbarn") < text.index("Jüngere Beschäftigte")
    assert text.count("Übermäßige") >= 4
    assert text.count("möchten öfter zu Hause") >= 3


@with_tesseract
def test_small_pictures_are_enlarged_and_places_are_those_of_the_page(picture: Image.Image) -> None:
    assert FOUND is not None
    small = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX).convert("RGB")
    page = read_image(small, 100, DEFAULT_LIMITS, FOUND)
    assert page.width == pytest.approx(160 / 25.4 * 72, abs=1)
    assert page.confidence > 0.8
    heading = next(word for word in page.words if word.text == "Größere")
    body = next(word for word in page.words if word.text == "Nachbarn")
    assert heading.size > 1.3 * body.size
    assert 8 <= body.size <= 13
    assert 30 < heading.y < 60


@with_tesseract
def test_a_picture_without_text_is_read_and_gives_nothing() -> None:
    drawing = Image.new("RGBA", (800, 600), (0, 0, 0, 0))  # transparent: white paper
    ImageDraw.Draw(drawing).ellipse((100, 100, 700, 500), outline="black", width=5)
    assert spell_rows(drawing) == (0, [])
