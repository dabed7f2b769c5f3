"""Words of a page: a hyphen that a PDF draws on its own at a line's end."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest

from ingest.extract.layout import Word
from ingest.extract.pdf import extract_pdf
from ingest.extract.pdf_words import mark_torn
from ingest.limits import DEFAULT_LIMITS

GUIDE = Path(__file__).parents[2] / "../shared/documents/real/github_guides/00_Handbuch_Jugend-Hackathons.pdf"
TORN = Word("möch", 100.0, 130.0, 100.0, 10.0)
HYPHEN = Word("-", 130.3, 133.0, 100.0, 10.0)
NEXT_LINE = Word("ten", 50.0, 65.0, 112.0, 10.0)


def test_a_lone_hyphen_at_the_line_end_marks_the_word_it_touches() -> None:
    assert mark_torn([TORN, HYPHEN, NEXT_LINE]) == [TORN._replace(text="möch\x02", right=133.0), NEXT_LINE]
    assert [word.text for word in mark_torn([TORN, HYPHEN])] == ["möch\x02"]


def test_before_the_next_column_a_line_ends_too() -> None:
    assert mark_torn([TORN, HYPHEN, NEXT_LINE._replace(left=170.0, right=190.0, y=100.0)])[0].text == "möch\x02"


@pytest.mark.parametrize(
    "words",
    [
        [TORN, HYPHEN._replace(left=133.5, right=136.0), NEXT_LINE],  # a dash after a blank
        [TORN, HYPHEN, NEXT_LINE._replace(left=136.0, right=150.0, y=100.0)],  # the line goes on
        [TORN, HYPHEN._replace(y=112.0), NEXT_LINE],  # on another line
        [TORN._replace(text="sagt,"), HYPHEN, NEXT_LINE],
        [HYPHEN, NEXT_LINE],  # the bullet of a list
    ],
)
def test_any_other_hyphen_stays(words: list[Word]) -> None:
    assert mark_torn(words) == words


@pytest.mark.skipif(not GUIDE.is_file(), reason="the real document lies beside the checkout; it is not part of the repository")
def test_torn_words_of_a_real_page_become_whole(tmp_path: Path) -> None:
    """PDFium returns the hyphens on this page as lines of their own."""
    writer = pypdf.PdfWriter()
    writer.append(GUIDE, pages=(5, 6))
    writer.write(tmp_path / "seite.pdf")
    text = "\n".join(block.text for block in extract_pdf(tmp_path / "seite.pdf", DEFAULT_LIMITS).blocks)
    for word in ("möchten", "Erfahrungen", "Vorerfahrung", "umgrenzt", "beispielsweise"):
        assert word in text
