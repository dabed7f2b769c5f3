"""Fonts that name their ligatures without spelling them: cases worked by hand, and a PDF made of such a font."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject

from ingest.blocks import Extraction
from ingest.extract.glyph_names import (
    Spellings,
    bare_name,
    merge_fonts,
    name_glyphs,
    read_built_in,
    read_differences,
    spell_glyph,
)
from ingest.extract.pdf import extract_pdf
from ingest.limits import DEFAULT_LIMITS


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("f_i", "fi"),
        ("f_f_i", "ffi"),
        ("t_t", "tt"),
        ("T_h", "Th"),
        ("fi", "fi"),
        ("f_odieresis", "fö"),
        ("a.sc", "a"),
        ("f_i.alt", "fi"),
        ("seven.oldstyle", "7"),
        ("uni00660069", "fi"),
        ("u1F600", "\U0001f600"),
        ("uniE001", ""),
        ("uniD800", ""),
        ("g27", ""),
        ("f_g27", ""),
        ("", ""),
        (".notdef", ""),
    ],
)
def test_a_name_spells_what_adobes_rules_say(name: str, spelt: str) -> None:
    assert spell_glyph(name) == spelt


@given(st.text(max_size=20))
def test_any_name_gives_printable_text_or_nothing(name: str) -> None:
    assert spell_glyph(name).isprintable()


def test_differences_count_on_from_each_number() -> None:
    assert read_differences([0, "/grave", 27, "/f_i", "/f_f_i", "/g29", 31, "/t_t", "/x"]) == {27: "fi", 28: "ffi", 31: "tt"}


def test_a_type_1_program_names_its_glyphs_before_its_secret_part() -> None:
    program = b"/Encoding 256 array\ndup 27 /f_i put\ndup 65 /A put\nreadonly def\ncurrentfile eexec dup 28 /f_l put"
    assert read_built_in(program) == {27: "fi"}


def test_fonts_of_one_name_that_disagree_tell_nothing() -> None:
    fonts: list[tuple[str, Mapping[int, str]]] = [("/ABCDEF+Serif", {27: "fi", 28: "ff"}), ("/GHIJKL+Serif", {27: "fl"})]
    assert merge_fonts(fonts) == {"Serif": {27: "", 28: "ff"}}
    assert bare_name("Serif-Bold") == "Serif-Bold"


def test_codes_are_named_font_by_font_and_gaps_in_words_are_shown() -> None:
    text = "er\x1bndet \x1bnden le\x1b1 hä\x1cgt \x1d \x06 an \x03\x08\x03und"
    fonts = dict.fromkeys(range(len(text)), "Serif") | {text.index("\x1b1"): "Sans"}
    named = name_glyphs(text, fonts.__getitem__, lambda: {"Serif": {0x1B: "fi"}, "Sans": {0x1B: "tt"}})
    assert named.text == "erfndet fnden let1 hä\ufffdgt \x1d \x06 an \x03\x08\x03und"
    assert named.rest == {2: "i", 8: "i", text.index("\x1b1"): "t"}
    assert named.unnamed == 1


def test_names_are_not_asked_for_without_need() -> None:
    def refuse() -> Spellings:
        raise AssertionError

    assert name_glyphs("Förde\x02\r\nrung", lambda index: "", refuse).rest == {}


def read_font(tmp_path: Path, names: list[str]) -> Extraction:
    """Return what is read of a page in a font that has these glyphs from code 27 on, the text inside a form."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(400, 200)
    differences = ArrayObject([NumberObject(27), *map(NameObject, names)])
    encoding = DictionaryObject({NameObject("/Type"): NameObject("/Encoding"), NameObject("/Differences"): differences})
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): writer._add_object(encoding),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    form = StreamObject()
    form.set_data(b"BT /F1 12 Tf 20 100 Td (Der Betrieb er\\033ndet h\\344u\\033ge Regeln f\\374r das O\\034ce.) Tj ET")
    form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(map(NumberObject, (0, 0, 400, 200)))
    form[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    forms = DictionaryObject({NameObject("/X1"): writer._add_object(form)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): forms})
    stream = StreamObject()
    stream.set_data(b"/X1 Do")
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.write(tmp_path / "ligaturen.pdf")
    return extract_pdf(tmp_path / "ligaturen.pdf", DEFAULT_LIMITS)


def test_ligatures_of_a_font_without_unicode_are_read_by_their_names(tmp_path: Path) -> None:
    found = read_font(tmp_path, ["/f_i", "/f_f_i"])
    assert [block.text for block in found.blocks] == ["Der Betrieb erfindet häufige Regeln für das Office."]
    assert found.notices == ()


def test_letters_that_nothing_names_are_told_with_their_page(tmp_path: Path) -> None:
    found = read_font(tmp_path, ["/f_i", "/g28"])
    assert [block.text for block in found.blocks] == ["Der Betrieb erfindet häufige Regeln für das O\ufffdce."]
    (notice,) = found.notices
    assert notice.startswith("Seite 1: Einzelne Zeichen (oft Ligaturen wie „fi“) benennt die Schrift nicht")
