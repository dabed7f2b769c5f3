"""A sample as an HTML page with CSS for paged media, and the truth from the anchors on its pages. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from evaluation.typesetting.layouts import Face, Grid, Layout, NumberAt, Part, Sheet, Typeset, floats, roman
from evaluation.typesetting.samples import Ink, Item, Kind, Sample

FACES = {
    Face.SERIF: "'Latin Modern Roman', 'DejaVu Serif', serif",
    Face.TIMES: "'Liberation Serif', 'DejaVu Serif', serif",
    Face.SANS: "'Liberation Sans', 'DejaVu Sans', sans-serif",
}
GRIDS = {
    Grid.FULL: "th, td { border: 0.5pt solid black }",
    Grid.BOOK: "table { border-top: 1pt solid black; border-bottom: 1pt solid black } th { border-bottom: 0.5pt solid black }",
    Grid.NONE: "",
}
STYLE = """
@page { size: A4; margin: 26mm 22mm 24mm;
  @footnote { border-top: 0.5pt solid black; padding-top: 4pt }
  %(edges)s }
@page titel { @top-left { content: none } @top-right { content: none }
  @bottom-left { content: none } @bottom-center { content: none } @bottom-right { content: none } }
html { font-family: %(face)s; font-size: %(size)spt; line-height: 1.25; hyphens: auto; text-align: justify }
.titel { page: titel; text-align: center; padding-top: 60mm; hyphens: none }
.titel .h1 { font-size: 2em; font-weight: bold } .titel p { font-size: 1.3em; text-indent: 0 }
.vorspann { break-before: page } .haupt { break-before: page }
.spalten { columns: %(columns)s; column-gap: 7mm; column-fill: auto }
h1, h2, h3 { text-align: left; hyphens: none; break-after: avoid; margin: 1.2em 0 0.5em } h1 { string-set: abschnitt content() }
h1 { font-size: 1.4em } h2 { font-size: 1.15em }
p { margin: 0; orphans: 2; widows: 2 } %(gaps)s
li { margin: 0.2em 0 } ul, ol { padding-left: 1.5em }
.note { float: footnote; font-size: 0.8em; text-indent: 0; hyphens: auto }
.breit { column-span: all }
.tafel { margin: 1em 0; break-inside: avoid }
.tafel p { text-indent: 0; font-size: 0.85em; font-weight: bold; margin-bottom: 0.4em }
table { width: 100%%; border-collapse: collapse; font-size: 0.85em; text-align: left; table-layout: fixed }
td, th { padding: 2pt 4pt; vertical-align: top; text-align: left } %(grid)s
.inhalt p { text-indent: 0; text-align: left } .inhalt a { color: black; text-decoration: none }
.inhalt a.arabisch::after { content: leader('.') target-counter(attr(href), page) }
"""


def read_anchors(pages: list[set[str]], sample: Sample, layout: Layout, pdf: Path) -> Typeset:
    """Turn the anchors on every page into the truth; the first main page is where `haupt` stands and has number 1."""
    main, front = (next(number for number, anchors in enumerate(pages) if name in anchors) for name in ("haupt", "vorspann"))
    sheets = []
    for number in range(len(pages)):
        part = Part.TITLE if number == 0 else Part.CONTENTS if number < front else Part.TEXT
        label = roman(number + 1) if number < main else str(number - main + 1)
        sheets.append(Sheet(part, label, part is not Part.TITLE))
    starts = {
        int(anchor.removeprefix("i")): number
        for number, anchors in reversed([*enumerate(pages, start=1)])
        for anchor in anchors
        if anchor.removeprefix("i").isdigit()
    }
    return Typeset(pdf, "WeasyPrint", sample, layout, tuple(sheets), starts)


def write_source(sample: Sample, layout: Layout) -> str:
    """Return the HTML page with its style."""
    style = STYLE % {
        "edges": _write_edges(sample, layout, "lower-roman")
        + "} @page :nth(1 of haupt) { counter-reset: page 1 } @page haupt { "
        + _write_edges(sample, layout, "decimal"),
        "face": FACES[layout.face],
        "size": layout.size,
        "columns": layout.columns if layout.columns > 1 else "auto",
        "gaps": "p + p { text-indent: 1.5em }" if layout.indents else "p { margin-bottom: 0.6em }",
        "grid": GRIDS[layout.grid],
    }
    front = [position for position, item in enumerate(sample.items) if item.in_front]
    main = range(len(front), len(sample.items))
    contents = "".join(
        f'<p><a class="arabisch" href="#i{i}">{escape(sample.items[i].text)}</a></p>'
        for i in main
        if sample.items[i].kind is Kind.HEADING
    )
    return (
        f'<html lang="de"><head><meta charset="utf-8"><title>{escape(sample.title)}</title><style>{style}'
        ".haupt { page: haupt }</style></head><body>"
        f'<div class="titel"><div class="h1">{escape(sample.title)}</div>'
        f"<p>{escape(sample.subtitle)}</p><p>Dortmund 2026</p></div>"
        f'<div class="inhalt vorspann"><p><b>Inhaltsverzeichnis</b></p>{contents}</div>'
        f'<div class="vorspann" id="vorspann">{"".join(_write_items(sample, front, layout))}</div>'
        f'<div class="haupt" id="haupt"><div class="spalten">{"".join(_write_items(sample, main, layout))}</div></div>'
        "</body></html>"
    )


def _write_edges(sample: Sample, layout: Layout, numbers: str) -> str:
    title = "string(abschnitt)" if layout.names_section else f'"{sample.title}"'
    number = f"counter(page, {numbers})"
    boxes = {"top-left": f'"{sample.header}"', "top-right": title, "bottom-left": f'"{sample.footer}"'}
    match layout.number_at:
        case NumberAt.FOOT_MIDDLE:
            boxes["bottom-center"] = number
        case NumberAt.FOOT_WORD:
            boxes["bottom-right"] = f'"Seite " {number}'
        case NumberAt.HEAD_RIGHT:
            boxes |= {"top-left": f'"{sample.header}: " {title}', "top-right": number}
    return " ".join(
        f"@{place} {{ content: {content}; font-size: 0.8em; white-space: nowrap }}" for place, content in boxes.items()
    )


def _write_items(sample: Sample, positions: list[int] | range, layout: Layout) -> Iterator[str]:
    items = sample.items
    for position in positions:
        item = items[position]
        before, after = (items[i] if 0 <= i < len(items) else None for i in (position - 1, position + 1))
        mark = f'id="i{position}"'
        match item.kind:
            case Kind.HEADING:
                number = f"{item.number} " if item.number else ""
                yield f"<h{item.level} {mark}>{number}{_write_runs(item)}</h{item.level}>"
            case Kind.LIST_ITEM:
                name = "ol" if item.number else "ul"
                begins = before is None or before.kind is not Kind.LIST_ITEM or bool(before.number) != bool(item.number)
                ends = after is None or after.kind is not Kind.LIST_ITEM or bool(after.number) != bool(item.number)
                yield (f"<{name}>" if begins else "") + f"<li {mark}>{_write_runs(item)}</li>" + (f"</{name}>" if ends else "")
            case Kind.CAPTION:
                pass  # goes with the table after it
            case Kind.TABLE:
                yield _write_table(item, items[position - 1], position, layout)
            case _:
                yield f"<p {mark}>{_write_runs(item)}</p>"


def _write_runs(item: Item) -> str:
    forms = {Ink.PLAIN: "{}", Ink.BOLD: "<b>{}</b>", Ink.NOTE: '<span class="note">{}</span>'}
    return "".join(forms[run.ink].format(escape(run.text)) for run in item.runs)


def _write_table(item: Item, caption: Item, position: int, layout: Layout) -> str:
    head, *rows = ("".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) for tag, row in _tag_rows(item))
    kind = "tafel breit" if floats(item, layout) else "tafel"
    return (
        f'<div class="{kind}"><p id="i{position - 1}">Tabelle {caption.number}: {_write_runs(caption)}</p>'
        f'<table id="i{position}"><thead><tr>{head}</tr></thead>'
        + "".join(f"<tr>{row}</tr>" for row in rows)
        + "</table></div>"
    )


def _tag_rows(item: Item) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, row in enumerate(item.rows):
        yield ("td" if number else "th"), row
