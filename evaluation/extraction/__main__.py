"""The commands: `python -m evaluation.extraction generate|score|real|hostile|speed|html`; tables in German, or `--json`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import reduce
from importlib import import_module
from operator import add
from pathlib import Path

from evaluation.extraction.files import FileResult, decimal, files_table, read_folder, reasons_table
from evaluation.extraction.scoring import Piece, Score, score
from evaluation.extraction.speed import find_pdfs, measure_speed, speed_table
from evaluation.quality import Table
from evaluation.typesetting import latex
from evaluation.typesetting.layouts import Layout, Typeset, plan, read_truth, write_truth
from evaluation.typesetting.samples import TEXTS, UNSEEN, Kind, Sample, read_samples
from ingest.confined import ConfinedExtractor
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import ChangeWissenError

ENGINES = ("latex", "weasyprint", "typst")
CURES = {  # engine -> how to get it
    "latex": latex.CURE,
    "weasyprint": "pip install weasyprint; apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
    "typst": "pip install typst",
}
MODULES = {"weasyprint": "evaluation.typesetting.weasy", "typst": "evaluation.typesetting.typst_pages"}
WANTED = "Verlangt: Wortfehler höchstens 0,5 %, kein Wort aus Kopf- oder Fußzeilen, Überschriften-F1 ab 0,95, "
WANTED += "Reihenfolge auf 98 % der Seiten, Seitenzahl auf allen Seiten."
Setter = Callable[[Sample, Layout, Path], Typeset]


class NotInstalled(Exception):
    """Something that the machine lacks; the message is German and names the cure."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 2 if something it needs is not there."""
    options = _build_parser().parse_args(arguments)
    try:
        table, content = COMMANDS[options.command](options)
    except NotInstalled as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(content, ensure_ascii=False, indent=2) if options.json else lay_out(table))
    return 0


def find_setter(engine: str) -> Setter:
    """Return the function that sets a sample with an engine; NotInstalled with the cure if it is not there."""
    missing = NotInstalled(f"Das Satzprogramm „{engine}“ ist nicht installiert. Bitte installieren: {CURES[engine]}")
    if engine == "latex":
        if not latex.is_installed():
            raise missing
        return latex.typeset
    try:
        setter: Setter = import_module(MODULES[engine]).typeset
    except (ImportError, OSError) as error:  # OSError: a system library is missing
        raise missing from error
    return setter


def generate(folder: Path, engines: Sequence[str], texts: Path = TEXTS) -> list[Typeset]:
    """Set every sample of `texts` in its two looks with every engine, truth beside PDF; NotInstalled if one is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    setters = {engine: find_setter(engine) for engine in engines}
    made = []
    for engine, setter in setters.items():
        for sample, layout in plan(read_samples(texts)):
            made.append(setter(sample, layout, folder / f"{engine}-{sample.name}-{layout.name}.pdf"))
            write_truth(made[-1])
    return made


def score_folder(folder: Path) -> dict[str, tuple[Typeset, Score]]:
    """Return name of the PDF -> truth and counts, for all PDFs of `generate` in a folder."""
    samples = {sample.name: sample for texts in (TEXTS, UNSEEN) for sample in read_samples(texts)}
    scored = {}
    with ConfinedExtractor(DEFAULT_LIMITS) as extractor:
        for path in sorted(folder.glob("*.json")):
            made = read_truth(path, samples)
            scored[path.stem] = (made, score(made, _read_pieces(extractor, made.pdf)))
    return scored


def _read_pieces(extractor: ConfinedExtractor, pdf: Path) -> list[Piece]:
    """Return what one PDF gives; nothing, so that all its words are missing, if it cannot be read."""
    try:
        blocks = extractor.extract(pdf).blocks
    except ChangeWissenError as error:
        print(f"{pdf.name}: {error}", file=sys.stderr)
        return []
    return [Piece(Kind(block.kind.value), block.text, block.level, block.page or 1, block.label) for block in blocks]


def score_table(scored: dict[str, tuple[Typeset, Score]], failures: int) -> Table:
    """Return one row per PDF, one per engine, one for all; `failures` of each PDF are told below."""
    rows = [_score_row(name, found) for name, (_, found) in scored.items()]
    for engine in dict.fromkeys(made.engine for made, _ in scored.values()):
        rows.append(
            _score_row(f"alle: {engine}", reduce(add, (found for made, found in scored.values() if made.engine == engine)))
        )
    total = reduce(add, (found for _, found in scored.values()), Score())
    rows.append(_score_row("alle", total))
    streams = ", ".join(f"{name} {edits} von {words}" for name, edits, words in total.edits_by_stream)
    told = [f"{name}: {failure}" for name, (_, found) in scored.items() for failure in found.failures[:failures]]
    return Table(
        f"{len(scored)} gesetzte Dokumente gegen ihren Ausgangstext",
        ("Dokument", "Wörter", "Wortfehler", "Kopfzeilen", "Überschr. F1", "Reihenfolge", "Seitenzahl"),
        tuple(rows),
        (f"Wortfehler nach Art: {streams}.", WANTED, *told),
    )


def lay_out(table: Table) -> str:
    """Return the table as text with aligned columns."""
    widths = [max(map(len, column)) for column in zip(table.columns, *table.rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (table.columns, *table.rows)
    ]
    return "\n".join([table.heading, "", *map(str.rstrip, lines), "", *table.remarks])


def _score_row(name: str, found: Score) -> tuple[str, ...]:
    return (
        name,
        str(found.words),
        f"{decimal(found.word_error_rate * 100, 2)} %",
        str(found.leaks),
        decimal(found.headings.f1, 3),
        f"{found.ordered_pages}/{found.pages}",
        f"{found.right_labels}/{found.labelled_pages}",
    )


def _score_json(found: Score) -> dict[str, object]:
    return {
        "words": found.words,
        "word_error_rate": found.word_error_rate,
        "leaked_words": found.leaks,
        "heading_f1": found.headings.f1,
        "order": found.order_share,
        "labels": found.label_share,
        "failures": found.failures,
    }


def _generate(options: argparse.Namespace) -> list[Typeset]:
    return generate(options.folder, options.engine or ENGINES, UNSEEN if options.unseen else TEXTS)


def _run_generate(options: argparse.Namespace) -> tuple[Table, object]:
    made = _generate(options)
    rows = tuple((item.pdf.name, str(len(item.sheets)), f"{item.pdf.stat().st_size / 1000:.0f}") for item in made)
    return Table(f"{len(made)} PDF-Dateien gesetzt", ("Datei", "Seiten", "kB"), rows), [item.pdf.name for item in made]


def _run_score(options: argparse.Namespace) -> tuple[Table, object]:
    if not any(options.folder.glob("*.json")):
        _generate(options)
    scored = score_folder(options.folder)
    return score_table(scored, options.failures), {name: _score_json(found) for name, (_, found) in scored.items()}


def _run_real(options: argparse.Namespace) -> tuple[Table, object]:
    report = read_folder(_find(options.shared, "real"), DEFAULT_LIMITS, _say)
    return files_table(report), [asdict(file) for file in report.files]


def _run_hostile(options: argparse.Namespace) -> tuple[Table, object]:
    report = read_folder(_find(options.shared, "hostile"), DEFAULT_LIMITS, _say)
    return reasons_table(report), [asdict(file) for file in report.files]


def _run_speed(options: argparse.Namespace) -> tuple[Table, object]:
    limits = replace(DEFAULT_LIMITS, ocr_pages=0)  # single pages without text in the others would be timed, too
    report = measure_speed(find_pdfs(_find(options.shared, "real")), limits)
    return speed_table(report), asdict(report)


def _run_html(options: argparse.Namespace) -> tuple[Table, object]:
    try:
        from evaluation.extraction.web_pages import pages_table, score_pages
    except ImportError as error:
        raise NotInstalled("Der Vergleich braucht trafilatura. Bitte installieren: pip install trafilatura") from error
    pages = score_pages(_find(options.shared, "real") / "handbuch_it", DEFAULT_LIMITS)
    return pages_table(pages), [asdict(page) for page in pages]


def _find(shared: Path, name: str) -> Path:
    folder = shared / "documents" / name
    if not folder.is_dir():
        raise NotInstalled(f"Der Ordner „{folder}“ ist nicht da. Bitte mit --shared angeben, wo die Prüfdokumente liegen.")
    return folder


def _say(result: FileResult) -> None:
    print(f"{result.name}: {result.outcome.value} ({decimal(result.seconds)} s)", file=sys.stderr)


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.extraction", description="Misst, wie gut Text aus Dateien gewonnen wird."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="BEFEHL")
    for name, told in (
        ("generate", "bekannte Texte als PDF setzen"),
        ("score", "gesetzte PDFs lesen und mit dem Text vergleichen"),
    ):
        command = commands.add_parser(name, help=told)
        command.add_argument(
            "folder", type=Path, metavar="ORDNER", help="für die PDF-Dateien; „score“ setzt sie, wenn er leer ist"
        )
        command.add_argument("--engine", action="append", choices=ENGINES, help="nur dieses Satzprogramm; mehrfach möglich")
        command.add_argument("--unseen", action="store_true", help="die zurückgehaltenen Texte statt der bekannten setzen")
        if name == "score":
            command.add_argument(
                "--failures", type=int, default=0, metavar="N", help="so viele Fehler je Dokument nennen (sonst 0)"
            )
    for name, told in (
        ("real", "echte Dokumente: was in jeder Datei gefunden wird"),
        ("hostile", "feindliche Dateien: Zustand und Grund"),
        ("speed", "Seiten je Sekunde"),
        ("html", "Haupttext von HTML-Seiten gegen trafilatura"),
    ):
        command = commands.add_parser(name, help=told)
        command.add_argument(
            "--shared", type=Path, default=Path("../shared"), metavar="ORDNER", help="enthält documents/ (sonst ../shared)"
        )
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true", help="als JSON ausgeben")
    return parser


COMMANDS: dict[str, Callable[[argparse.Namespace], tuple[Table, object]]] = {
    "generate": _run_generate,
    "score": _run_score,
    "real": _run_real,
    "hostile": _run_hostile,
    "speed": _run_speed,
    "html": _run_html,
}


if __name__ == "__main__":
    sys.exit(main())
