from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.extract import extract
from ingest.extract.rtf import build_marked_blocks
from ingest.limits import DEFAULT_LIMITS

LETTER = (
    rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}}
{\stylesheet{\s0 Normal;}{\s1\b heading 1;}{\s2 \'dcberschrift 2;}{\s3 Title;}}
{\info{\title Pr\'fcfung}{\author Anna Alt}{\keywords Arbeit; KI}}
{\header\pard\plain Kopfzeile\par}
\pard\plain\s3 Ein Leitfaden\par
\pard\plain\s1 Inhaltsverzeichnis\par
\pard\plain 1. Anlass\tab 3\par
\pard\plain\s1\f0 Anlass\par
\pard\plain\s0 Ein Absatz \u8211 ? mit \'dcmlaut und Note{\super\chftn}{\footnote\pard\plain\s0 {\super\chftn} Die Fu\'dfnote.}
 und \\s1 als Text.\par
\pard\plain\s2 Unter\par
\pard\plain Rohe Bytes: Gr"""
    + "öße".encode("cp1252")
    + rb""".\par
\pard\plain{\listtext\'b7\tab}\ls1\ilvl0 Punkt eins\par
\pard\plain{\listtext\'b7\tab}\ls1\ilvl1 Punkt zwei\par
\trowd\cellx100\cellx200\pard\intbl Jahr\cell Zahl | Wert\cell\row
\trowd\cellx100\cellx200\pard\intbl 2024\cell zw\'f6lf\par und mehr\cell\row
\pard\outlinelevel3 Tief\par
\pard Danach \u-10179?\u-8704? {\field{\*\fldinst{HYPERLINK "http://example.org"}}{\fldrslt{Verweis}}}.\par
{\pict\pngblip 89504e47}}"""
)


def lines(path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    return [
        f"{block.kind}{block.level or ''}: " + block.text.replace("\n", " / ") for block in extract(path, DEFAULT_LIMITS).blocks
    ]


def test_structure_survives_the_way_through_plain_text(tmp_path: Path) -> None:
    assert lines(tmp_path / "a.rtf", LETTER) == [
        "heading1: Ein Leitfaden",
        "heading1: Anlass",
        "paragraph: Ein Absatz – mit Ümlaut und Note und \\s1 als Text.",
        "footnote: Die Fußnote.",
        "heading2: Unter",
        "paragraph: Rohe Bytes: Größe.",
        "list_item1: Punkt eins",
        "list_item2: Punkt zwei",
        "table: Jahr | Zahl / Wert / 2024 | zwölf und mehr",
        "heading4: Tief",
        "paragraph: Danach 😀 Verweis.",
    ]


def test_what_the_file_says_about_itself(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_bytes(LETTER)
    found = extract(tmp_path / "a.rtf", DEFAULT_LIMITS)
    assert found.properties == {"title": "Prüfung", "authors": "Anna Alt", "keywords": ("Arbeit", "KI")}
    assert found.page_count is None


def test_halves_of_characters_without_their_other_half_are_left_out(tmp_path: Path) -> None:
    content = rb"{\rtf1\ansi Vorher \u-10240? und \u-9216? nachher.}"
    assert lines(tmp_path / "a.rtf", content) == ["paragraph: Vorher und nachher."]


def test_a_cut_file_gives_what_is_left(tmp_path: Path) -> None:
    assert lines(tmp_path / "a.rtf", LETTER[: LETTER.index(b"Ein Absatz") + 20])[:2] == [
        "heading1: Ein Leitfaden",
        "heading1: Anlass",
    ]


@given(st.text(alphabet="ab |123\n", max_size=80))
def test_without_marks_every_sign_comes_through(text: str) -> None:
    written = "".join(block.text for block in build_marked_blocks(text, {}))
    assert "".join(written.split()) == "".join(text.split())


@given(st.lists(st.sampled_from(["pard", "s1", "ls2", "ilvl0", "outlinelevel1"])))
def test_marks_of_a_paragraph_lose_no_word(marks: list[str]) -> None:
    marked = "\n".join(f"wort{number} \x1e{mark}\x1f" for number, mark in enumerate(marks)) + "\nende\n"
    assert [block.text for block in build_marked_blocks(marked, {1: 1})] == [*(f"wort{n}" for n in range(len(marks))), "ende"]


@given(st.lists(st.sampled_from(["cell", "row", "note", "endnote", "intbl", "nestrow", "ende", "\n"])))
def test_marks_out_of_order_do_no_harm(marks: list[str]) -> None:
    marked = "".join(mark if mark == "\n" else f"x\x1e{mark}\x1f" for mark in marks)
    assert all("\x1e" not in block.text for block in build_marked_blocks(marked, {}))
