"""Section signs that text recognition takes for other characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.hocr import ReadLine, ReadWord, mend_sections
from ingest.extract.ocr import build_page


def read(text: str) -> list[ReadWord]:
    return [ReadWord(word, 60.0 * n, 0.0, 60.0 * n + 50, 20.0, 0.9, 0) for n, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("seen", "printed"),
    [
        ("nach 8 87 Abs. 1 Nr. 6", "nach § 87 Abs. 1 Nr. 6"),
        ("nach $ 87 BetrVG hat", "nach § 87 BetrVG hat"),
        ("($ 613a BGB),", "(§ 613a BGB),"),
        ("($ 87 Abs.1 BetrVG)", "(§ 87 Abs.1 BetrVG)"),
        ("$87 Abs. 1", "§87 Abs. 1"),
        ("$$ 111 ff. BetrVG.", "§§ 111 ff. BetrVG."),
        ("8 1 Satz 2 KSchG; 8 4 TzBfG", "§ 1 Satz 2 KSchG; § 4 TzBfG"),
    ],
)
def test_the_sign_is_put_back_where_a_law_is_cited(seen: str, printed: str) -> None:
    assert [word.text for word in mend_sections(read(seen))] == printed.split()


@pytest.mark.parametrize(
    "seen",
    ["8 87 Personen", "von $ 87 auf", "8 87", "8", "$87 Millionen", "Tabelle 8 87 Betriebe AG", "8 87 AG", "Nr. 8 Abs. 1"],
)
def test_numbers_and_dollars_stay(seen: str) -> None:
    assert [word.text for word in mend_sections(read(seen))] == seen.split()


@given(st.lists(st.sampled_from(["8", "$", "$87", "87", "Abs.", "BGB", "ff.", "der", "(8"]), max_size=12))
def test_only_the_sign_changes_and_only_once(words: list[str]) -> None:
    mended = mend_sections(read(" ".join(words)))
    assert mend_sections(mended) == mended
    assert [word.text.replace("§", "$") for word in mended] == [
        was.replace("8", "$") if now.text.endswith("§") else was for was, now in zip(words, mended, strict=True)
    ]


def test_recognised_pages_have_the_sign() -> None:
    page = build_page([ReadLine(0, 400, 20, 0.0, -4.0, 20, 0, 1)], read("nach 8 87 Abs. 1"), 400, 100, 144.0)
    assert [word.text for word in page.words] == ["nach", "§", "87", "Abs.", "1"]
