"""Sets a sample with Typst, which comes from the package registry and needs nothing of the machine. A home of typst."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import typst

from evaluation.typesetting.layouts import Face, Grid, Layout, NumberAt, Part, Sheet, Typeset, floats
from evaluation.typesetting.samples import Ink, Item, Kind, Sample

# The fonts that come with Typst; a sans serif is not among them, so that look is set in the fixed-width one's neighbour.
FACES = {Face.SERIF: "Libertinus Serif", Face.TIMES: "New Computer Modern", Face.SANS: "New Computer Modern"}
STROKES = {
    Grid.FULL: "0.5pt",
    Grid.BOOK: "(x, y) => (top: if y <= 1 { 0.6pt } else { 0pt }, bottom: 0.6pt * int(y == LAST))",
    Grid.NONE: "none",
}
ESCAPES = str.maketrans({character: f"\\{character}" for character in "\\#$*_`<>@~[]=+-/\"'"} | {"\u00a0": "~"})
SOURCE = """
#let platz(name) = context [#metadata((name, here().page(), counter(page).display()))<platz>]
#set document(title: "TITLE", date: none)
#set text(font: "FACE", size: SIZEpt, lang: "de", region: "de", hyphenate: true)
#set par(justify: true, leading: 0.6em, GAPS)
#show heading: set text(hyphenate: false)
#show heading: set block(above: 1.4em, below: 0.8em)
#set heading(numbering: none)
#set table(stroke: STROKE, align: left, inset: 4pt)
#show table: set text(size: 0.85em)
#show table: set par(justify: false)
#show figure.caption: set text(size: 0.9em)
#show figure: set figure.caption(position: top)
#let zahl = context counter(page).display()
#let abschnitt = context {
  let davor = query(heading.where(level: 1).before(here()))
  let hier = query(heading.where(level: 1).after(here())).filter(h => h.location().page() == here().page())
  if hier.len() > 0 { hier.first().body } else if davor.len() > 0 { davor.last().body }
}
#set page(paper: "a4", margin: (x: 2.2cm, top: 2.8cm, bottom: 2.6cm), numbering: "i")
#page(header: none, footer: none)[
  #platz("title")#v(5cm)#align(center)[#text(22pt, weight: "bold")[TITLE]#parbreak()SUBTITLE #parbreak()Dortmund 2026]
]
#set page(header: HEADER, footer: FOOTER)
#platz("contents")
#outline(title: "Inhaltsverzeichnis", depth: 2)
#pagebreak()
FRONT
#set heading(numbering: NUMBERING)
#set page(numbering: "1", columns: COLUMNS)
#counter(page).update(1)
MAIN
#context for name in (HEADINGS) { [#metadata((name, locate(label(name)).page(), none))<platz>] }
"""


def typeset(sample: Sample, layout: Layout, pdf: Path) -> Typeset:
    """Write the PDF and return the truth; ValueError if Typst cannot set it."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "text.typ"
        source.write_text(write_source(sample, layout), "utf-8")
        try:
            typst.compile(str(source), output=str(pdf), ignore_system_fonts=True)
            marks = json.loads(typst.query(str(source), "<platz>", field="value", ignore_system_fonts=True))
        except typst.TypstError as error:
            raise ValueError(str(error)) from error
    return read_marks([(str(mark), int(page), label) for mark, page, label in marks], sample, layout, pdf)


def read_marks(marks: list[tuple[str, int, str | None]], sample: Sample, layout: Layout, pdf: Path) -> Typeset:
    """Turn (mark, physical page, label) into the truth; marks are `iN` of items, `title`, `contents`, `page`."""
    labels = {page: label for _, page, label in marks if label is not None}
    contents = next(page for mark, page, _ in marks if mark == "contents")
    starts: dict[int, int] = {}
    for mark, page, _ in marks:
        if mark.removeprefix("i").isdigit():
            starts.setdefault(int(mark.removeprefix("i")), page)
    first = min(starts.values())
    sheets = []
    for number in range(1, max(labels) + 1):
        part = Part.TITLE if number < contents else Part.CONTENTS if number < first else Part.TEXT
        sheets.append(Sheet(part, labels[number], part is not Part.TITLE))
    return Typeset(pdf, "Typst", sample, layout, tuple(sheets), starts)


def write_source(sample: Sample, layout: Layout) -> str:
    """Return the Typst source."""
    header, footer = _write_edges(sample, layout)
    values = {
        "SUBTITLE": escape(sample.subtitle),
        "TITLE": sample.title,
        "FACE": FACES[layout.face],
        "SIZE": str(layout.size),
        "GAPS": "spacing: 0.6em, first-line-indent: 1.5em" if layout.indents else "spacing: 1em",
        "STROKE": STROKES[layout.grid].replace("LAST", "99"),
        "HEADER": header,
        "FOOTER": footer,
        "NUMBERING": '"1.1"' if sample.is_numbered else "none",
        "COLUMNS": str(layout.columns),
        "HEADINGS": "".join(f'"i{position}", ' for position, item in enumerate(sample.items) if item.kind is Kind.HEADING),
        "FRONT": "\n\n".join(_write_items(sample, layout, is_front=True)),
        "MAIN": "\n\n".join(_write_items(sample, layout, is_front=False)),
    }
    source = SOURCE
    for name, value in values.items():  # the texts last: nothing in them is a name to fill in
        source = source.replace(name, value, 1 if name in ("FRONT", "MAIN") else -1)
    return source


def escape(text: str) -> str:
    """Return plain letters so that Typst sets them as they are."""
    return text.translate(ESCAPES)


def _write_edges(sample: Sample, layout: Layout) -> tuple[str, str]:
    title = "#abschnitt" if layout.names_section else escape(sample.title)
    number, mark = "#zahl", '#platz("page")'
    header, footer = escape(sample.header), escape(sample.footer)
    match layout.number_at:
        case NumberAt.FOOT_MIDDLE:
            return f"[{header} #h(1fr) {title}]", f"[{mark}{footer} #h(1fr) {number} #h(1fr)]"
        case NumberAt.FOOT_WORD:
            return f"[{header} #h(1fr) {title}]", f"[{mark}{footer} #h(1fr) Seite {number}]"
        case NumberAt.HEAD_RIGHT:
            return f"[{header}: {title} #h(1fr) {number}]", f"[{mark}{footer}]"


def _write_items(sample: Sample, layout: Layout, is_front: bool) -> Iterator[str]:
    for position, item in enumerate(sample.items):
        if item.in_front is not is_front:
            continue
        mark = f'#platz("i{position}")'
        match item.kind:
            case Kind.HEADING:
                # marked by its label: the contents and the headers repeat the title
                yield f"{'=' * (item.level or 1)} {_write_runs(item)} <i{position}>"
            case Kind.LIST_ITEM:
                is_last = position + 1 == len(sample.items) or sample.items[position + 1].kind is not Kind.LIST_ITEM
                yield f"{'+' if item.number else '-'} {mark}{_write_runs(item)}" + ("\n\n#parbreak()" if is_last else "")
            case Kind.CAPTION:
                pass  # goes with the table after it
            case Kind.TABLE:
                yield _write_table(item, sample.items[position - 1], position, layout)
            case _:
                yield f"{mark}{_write_runs(item)}"


def _write_runs(item: Item) -> str:
    forms = {Ink.PLAIN: "{}", Ink.BOLD: "#strong[{}]", Ink.NOTE: "#footnote[{}]"}
    return "".join(forms[run.ink].format(escape(run.text)) for run in item.runs)


def _write_table(item: Item, caption: Item, position: int, layout: Layout) -> str:
    head = ", ".join(f"[*{escape(cell)}*]" for cell in item.rows[0])
    rows = "".join(", ".join(f"[{escape(cell)}]" for cell in row) + ",\n" for row in item.rows[1:])
    place = ', placement: top, scope: "parent"' if floats(item, layout) else ""
    return (
        f"#figure(table(columns: (1fr,) * {len(item.rows[0])}, table.header({head}),\n{rows}), "
        f'caption: [#platz("i{position - 1}")#platz("i{position}"){_write_runs(caption)}]{place})'
    ).replace("y == LAST", f"y == {len(item.rows) - 1}")
