"""Sets a sample with pdfLaTeX (babel ngerman, microtype). TeX itself writes down where every part has come to stand."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from evaluation.typesetting.layouts import Face, Grid, Layout, NumberAt, Part, Sheet, Typeset, floats
from evaluation.typesetting.samples import Ink, Item, Kind, Sample

PROGRAM = "pdflatex"
CURE = (
    "apt-get install --no-install-recommends texlive-latex-recommended texlive-latex-extra texlive-lang-german "
    "texlive-fonts-recommended cm-super lmodern"
)
RUNS = 3  # contents, then page numbers in it, then lines moved by them
SECONDS = 120.0  # for one run; the longest sample needs 4 s
ESCAPES = str.maketrans({character: f"\\{character}" for character in "&%$#_{}"} | {"\u00a0": "~", "…": r"\dots{}"})
FACES = {
    Face.SERIF: r"\usepackage{lmodern}\input{glyphtounicode}\pdfgentounicode=1",
    Face.TIMES: r"\usepackage{mathptmx}",
    Face.SANS: r"\usepackage[scaled]{helvet}\renewcommand{\familydefault}{\sfdefault}",
}
GAPS = {Face.SERIF: "7mm", Face.TIMES: "5mm", Face.SANS: "10pt"}  # between columns; 10 points is what LaTeX takes itself
PREAMBLE = r"""
\usepackage[a4paper,hmargin=22mm,top=28mm,bottom=28mm]{geometry}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[ngerman]{babel}
\usepackage{textcomp,microtype,fancyhdr,caption,ragged2e,booktabs,array}
\captionsetup{font=small,labelfont=bf}
\setlength{\headheight}{15pt}
\setlength{\columnsep}{%(gap)s}
\setcounter{secnumdepth}{%(depth)s}
\newcount\sheet
\AddToHook{shipout/before}{\global\advance\sheet by 1 }
\newwrite\places
\immediate\openout\places=\jobname.places
\DeclareRobustCommand{\place}[1]{\write\places{#1 \the\sheet\space\thepage}}
\pagestyle{fancy}\fancyhf{}
\renewcommand{\sectionmark}[1]{\markboth{#1}{}}
"""


def is_installed() -> bool:
    """Tell whether pdfLaTeX is there."""
    return shutil.which(PROGRAM) is not None


def typeset(sample: Sample, layout: Layout, pdf: Path) -> Typeset:
    """Write the PDF and return the truth; ValueError with the last lines of the log if TeX cannot set it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "text.tex").write_text(write_source(sample, layout), "utf-8")
        command = [PROGRAM, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "text.tex"]
        for _ in range(RUNS):
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603  # fixed command
            if done.returncode != 0:
                raise ValueError(done.stdout.decode("utf-8", "replace")[-800:])
        shutil.copyfile(folder / "text.pdf", pdf)
        return read_places((folder / "text.places").read_text("utf-8"), sample, layout, pdf)


def read_places(written: str, sample: Sample, layout: Layout, pdf: Path) -> Typeset:
    """Read what TeX wrote at shipout: lines `mark sheet label`; marks are `iN` of items, `title`, `contents`, `page`."""
    parts: dict[int, Part] = {}
    labels: dict[int, str] = {}
    starts: dict[int, int] = {}
    for line in written.splitlines():
        mark, sheet, label = line.split()
        number = int(sheet)
        labels[number] = label
        if mark in (Part.TITLE, Part.CONTENTS):
            parts[number] = Part(mark)
        elif mark != "page":
            starts.setdefault(int(mark.removeprefix("i")), number)
    first_text = min(starts.values())
    sheets = []
    for number in range(1, max(labels) + 1):
        part = parts.get(number, Part.TEXT if number >= first_text else Part.CONTENTS)
        sheets.append(Sheet(part, labels[number], part is not Part.TITLE))
    return Typeset(pdf, "LaTeX", sample, layout, tuple(sheets), starts)


def write_source(sample: Sample, layout: Layout) -> str:
    """Return the LaTeX source."""
    columns = "twocolumn" if layout.columns == 2 else "onecolumn"
    depth = "2" if sample.is_numbered else "0"
    text = "\n\n".join(_write_items(sample, layout))
    return "\n".join(
        [
            rf"\documentclass[{layout.size}pt,a4paper,{columns}]{{article}}",
            PREAMBLE % {"depth": depth, "gap": GAPS[layout.face]},
            FACES[layout.face],
            _write_edges(sample, layout),
            "" if layout.indents else r"\setlength{\parindent}{0pt}\setlength{\parskip}{6pt plus 2pt}",
            rf"\usepackage[pdfpagelabels,hidelinks,pdftitle={{{escape(sample.title)}}}]{{hyperref}}"
            if layout.has_page_labels
            else "",
            r"\begin{document}\pagenumbering{roman}",
            _write_title(sample),
            r"\place{contents}\tableofcontents\clearpage",
            text,
            r"\place{page}\end{document}",
        ]
    )


def escape(text: str) -> str:
    """Return plain letters so that TeX sets them as they are."""
    return text.translate(ESCAPES).replace("-,", r"\mbox{-},")  # TeX would break a line between the two


def _write_edges(sample: Sample, layout: Layout) -> str:
    title = r"\nouppercase{\leftmark}" if layout.names_section else escape(sample.title)
    number = r"\place{page}\thepage"
    head, foot = rf"\fancyhead[L]{{{escape(sample.header)}}}", rf"\fancyfoot[L]{{{escape(sample.footer)}}}"
    match layout.number_at:
        case NumberAt.FOOT_MIDDLE:
            return head + rf"\fancyhead[R]{{{title}}}" + foot + rf"\fancyfoot[C]{{{number}}}"
        case NumberAt.FOOT_WORD:
            return head + rf"\fancyhead[R]{{{title}}}" + foot + rf"\fancyfoot[R]{{Seite {number}}}"
        case NumberAt.HEAD_RIGHT:
            return rf"\fancyhead[L]{{{escape(sample.header)}: {title}}}\fancyhead[R]{{{number}}}" + foot


def _write_title(sample: Sample) -> str:
    return (
        rf"\begin{{titlepage}}\place{{title}}\centering\vspace*{{5cm}}{{\Huge\bfseries {escape(sample.title)}\par}}"
        rf"\vspace{{1cm}}{{\Large {escape(sample.subtitle)}\par}}\vfill Dortmund 2026\end{{titlepage}}"
        # article's titlepage sets the number back to one
        r"\setcounter{page}{2}"
    )


def _write_items(sample: Sample, layout: Layout) -> Iterator[str]:
    items = sample.items
    is_front = True
    for position, item in enumerate(items):
        if is_front and not item.in_front:
            is_front = False
            yield r"\clearpage\pagenumbering{arabic}"
        before, after = (items[i] if 0 <= i < len(items) else None for i in (position - 1, position + 1))
        mark = rf"\place{{i{position}}}"
        match item.kind:
            case Kind.HEADING:
                title = _write_runs(item)
                if item.in_front:
                    yield rf"\section*{{{mark}{title}}}\sectionmark{{{title}}}"
                else:
                    yield rf"\{'sub' * ((item.level or 1) - 1)}section[{title}]{{{mark}{title}}}"
            case Kind.LIST_ITEM:
                name = "enumerate" if item.number else "itemize"
                begins = before is None or before.kind is not Kind.LIST_ITEM or bool(before.number) != bool(item.number)
                ends = after is None or after.kind is not Kind.LIST_ITEM or bool(after.number) != bool(item.number)
                yield (
                    (rf"\begin{{{name}}}" + "\n" if begins else "")
                    + rf"\item \leavevmode{mark}{_write_runs(item)}"
                    + ("\n" + rf"\end{{{name}}}" if ends else "")
                )
            case Kind.CAPTION:
                pass  # goes with the table after it
            case Kind.TABLE:
                yield _write_table(item, items[position - 1], position, layout)
            case _:
                yield rf"\leavevmode{mark}{_write_runs(item)}"


def _write_runs(item: Item) -> str:
    forms = {Ink.PLAIN: "{}", Ink.BOLD: r"\textbf{{{}}}", Ink.NOTE: r"\footnote{{{}}}"}
    return "".join(forms[run.ink].format(escape(run.text)) for run in item.runs)


def _write_table(item: Item, caption: Item, position: int, layout: Layout) -> str:
    count = len(item.rows[0])
    share = rf"\dimexpr(\linewidth-{2 * count}\tabcolsep-{count + 1}\arrayrulewidth)/{count}\relax"
    width = rf">{{\RaggedRight\hspace{{0pt}}}}p{{{share}}}"
    line = "|" if layout.grid is Grid.FULL else ""
    above, under, below = {
        Grid.FULL: (r"\hline", r"\hline", r"\hline"),
        Grid.BOOK: (r"\toprule", r"\midrule", r"\bottomrule"),
        Grid.NONE: ("", "", ""),
    }[layout.grid]
    rows = [" & ".join(map(escape, row)) + r" \\" for row in item.rows]
    rows[0] = (
        " & ".join(rf"\textbf{{{escape(cell)}}}" for cell in item.rows[0]) + rf" \\ {'' if layout.grid is Grid.FULL else under}"
    )
    between = "\n\\hline\n" if layout.grid is Grid.FULL else "\n"
    body = (
        rf"\captionof{{table}}{{\place{{i{position - 1}}}{_write_runs(caption)}}}"
        rf"\smallskip\footnotesize\place{{i{position}}}\noindent\begin{{tabular}}{{{line}{line.join([width] * count)}{line}}}"
        f"\n{above}\n" + between.join(rows) + f"\n{below}" + r"\end{tabular}"
    )
    if floats(item, layout):
        return rf"\begin{{table*}}[t]{body}\end{{table*}}"
    return rf"\par\bigskip\noindent\begin{{minipage}}{{\linewidth}}{body}\end{{minipage}}\par\bigskip"
