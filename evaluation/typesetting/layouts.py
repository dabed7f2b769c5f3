"""How the known texts are set: six looks that real studies and guides have, and the PDF with its truth."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from evaluation.typesetting.samples import Item, Kind, Sample

WIDE_TABLE = 4  # columns from which a table spans both columns of the page and floats


class NumberAt(StrEnum):
    """Where the page number is printed."""

    FOOT_MIDDLE = "foot_middle"
    FOOT_WORD = "foot_word"  # „Seite 3“ at the right
    HEAD_RIGHT = "head_right"


class Grid(StrEnum):
    """The lines of a table."""

    FULL = "full"
    BOOK = "book"  # above, below and under the header
    NONE = "none"


class Face(StrEnum):
    """The family of the letters."""

    SERIF = "serif"
    TIMES = "times"
    SANS = "sans"


@dataclass(frozen=True, slots=True)
class Layout:
    """A look."""

    name: str
    columns: int
    size: int  # points of running text
    number_at: NumberAt
    grid: Grid
    face: Face
    names_section: bool  # the header shows the title of the section, else that of the document
    indents: bool  # paragraphs begin with an indent, else with a gap above
    has_page_labels: bool  # the PDF carries /PageLabels and an outline, where the engine lets us choose


LAYOUTS = (
    Layout("bericht", 1, 11, NumberAt.FOOT_MIDDLE, Grid.BOOK, Face.SERIF, True, True, False),
    Layout("leitfaden", 1, 10, NumberAt.FOOT_WORD, Grid.FULL, Face.SANS, False, False, True),
    Layout("gutachten", 1, 12, NumberAt.HEAD_RIGHT, Grid.NONE, Face.TIMES, True, True, False),
    Layout("zeitschrift", 2, 10, NumberAt.HEAD_RIGHT, Grid.BOOK, Face.TIMES, True, True, False),
    Layout("studie", 2, 10, NumberAt.FOOT_MIDDLE, Grid.FULL, Face.SERIF, False, False, True),
    Layout("broschuere", 2, 11, NumberAt.FOOT_WORD, Grid.BOOK, Face.SANS, True, False, False),
)


class Part(StrEnum):
    """What a page is for."""

    TITLE = "title"
    CONTENTS = "contents"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One physical page of the truth."""

    part: Part
    label: str  # the number that counts for it
    is_printed: bool  # and stands on it


@dataclass(frozen=True, slots=True)
class Typeset:
    """A PDF and the truth about it."""

    pdf: Path
    engine: str
    sample: Sample
    layout: Layout
    sheets: tuple[Sheet, ...]
    starts: Mapping[int, int]  # position of an item -> physical page (1-based) on which it begins

    @property
    def furniture(self) -> frozenset[str]:
        """Return the words of header and footer, four letters and more, that stand nowhere in the text."""
        texts = [self.sample.title, self.sample.subtitle]
        for item in self.sample.items:
            texts += [item.text, *item.notes]
        words = {word for word in re.findall(r"\w{4,}", f"{self.sample.header} {self.sample.footer}") if word.isalpha()}
        return frozenset(words) - frozenset(re.findall(r"\w+", " ".join(texts)))


def plan(samples: list[Sample]) -> list[tuple[Sample, Layout]]:
    """Pair every sample with one look in one column and one in two, so that all looks are used."""
    single = [layout for layout in LAYOUTS if layout.columns == 1]
    double = [layout for layout in LAYOUTS if layout.columns == 2]
    return [(sample, layouts[number % len(layouts)]) for number, sample in enumerate(samples) for layouts in (single, double)]


def floats(item: Item, layout: Layout) -> bool:
    """Tell whether the engine may set a table away from its place in the text."""
    return layout.columns > 1 and item.kind is Kind.TABLE and len(item.rows[0]) >= WIDE_TABLE


def roman(number: int) -> str:
    """Return a page number of the front matter, 1 to 39, in small letters."""
    return "x" * (number // 10) + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[number % 10]


def write_truth(made: Typeset) -> None:
    """Write the truth beside the PDF."""
    content = {
        "engine": made.engine,
        "sample": made.sample.name,
        "layout": made.layout.name,
        "sheets": [[sheet.part, sheet.label, sheet.is_printed] for sheet in made.sheets],
        "starts": {str(position): page for position, page in made.starts.items()},
    }
    made.pdf.with_suffix(".json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def read_truth(path: Path, samples: Mapping[str, Sample]) -> Typeset:
    """Turn a file of `write_truth` back; KeyError or ValueError if it is none or names an unknown text or look."""
    content = json.loads(path.read_text("utf-8"))
    return Typeset(
        path.with_suffix(".pdf"),
        content["engine"],
        samples[content["sample"]],
        {layout.name: layout for layout in LAYOUTS}[content["layout"]],
        tuple(Sheet(Part(part), label, is_printed) for part, label, is_printed in content["sheets"]),
        {int(position): page for position, page in content["starts"].items()},
    )
