"""The main text of HTML pages against a known one: token F1 of our reader and of plain trafilatura.

Gold are the chapters of a handbook whose other edition is one DOCX: for each HTML chapter the text of the same chapter there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean

from evaluation.extraction.files import decimal
from evaluation.extraction.measures import Overlap
from evaluation.main_text import Comparison, compare_page, mean_f1
from evaluation.quality import Table
from ingest.blocks import Block, BlockKind
from ingest.confined import ConfinedExtractor
from ingest.limits import Limits

MIN_WORDS = 500  # shorter chapters of the DOCX are hints and lists, not a chapter that also stands as a page
SAME_CHAPTER = 0.6  # token F1 from which a page counts as an edition of a chapter; others have no gold
REMARK = "Bekannter Haupttext ist dasselbe Kapitel in der DOCX-Ausgabe; sie unterscheidet sich in Nachweisen und Nummern."


def split_chapters(blocks: Iterable[Block]) -> list[str]:
    """Return the text of every chapter (from a heading of level 1 to the next) that is long enough."""
    chapters: list[list[str]] = [[]]
    for block in blocks:
        if block.kind is BlockKind.HEADING and block.level == 1:
            chapters.append([])
        chapters[-1].append(block.text)
    texts = [" ".join(chapter) for chapter in chapters]
    return [text for text in texts if len(text.split()) >= MIN_WORDS]


def score_pages(folder: Path, limits: Limits) -> list[Comparison]:
    """Compare every HTML page of a folder that holds one DOCX of the same work; ValueError if it does not hold just one."""
    (document,) = folder.glob("*.docx")
    with ConfinedExtractor(limits) as extractor:
        chapters = split_chapters(extractor.extract(document).blocks)
        found = []
        for path in sorted(folder.glob("*.html")):
            ours = " ".join(block.text for block in extractor.extract(path).blocks)
            found.append(match_chapter(path.name, path.read_text("utf-8"), ours, chapters))
    return [one for one in found if max(one.ours.f1, one.baseline.f1) >= SAME_CHAPTER]


def match_chapter(name: str, page: str, ours: str, chapters: Sequence[str]) -> Comparison:
    """Return the comparison with the chapter that both texts of the page are most like; ValueError without chapters."""
    compared = [compare_page(name, page, ours, chapter) for chapter in chapters]
    return max(compared, key=lambda one: one.ours.f1 + one.baseline.f1)


def pages_table(pages: Sequence[Comparison]) -> Table:
    """Return one row per page and the mean."""
    rows = [(page.page, *_cells(page.ours), *_cells(page.baseline)) for page in pages]
    if pages:
        ours, baseline = mean_f1(pages)
        rows.append(
            ("Mittel", *_means([page.ours for page in pages], ours), *_means([page.baseline for page in pages], baseline))
        )
    return Table(
        f"{len(pages)} HTML-Seiten mit bekanntem Haupttext",
        ("Seite", "unsere: Genauigkeit", "Vollständigkeit", "F1", "trafilatura: Genauigkeit", "Vollständigkeit", "F1"),
        tuple(rows),
        (REMARK,),
    )


def _cells(found: Overlap) -> tuple[str, ...]:
    return tuple(decimal(value, 3) for value in (found.precision, found.recall, found.f1))


def _means(found: Sequence[Overlap], f1: float) -> tuple[str, ...]:
    means = (fmean(one.precision for one in found), fmean(one.recall for one in found), f1)
    return tuple(decimal(value, 3) for value in means)
