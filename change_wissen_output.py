"""What the commands print: progress, tables and hits in German. The only home of rich."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable
from rich.text import Text

from evaluation.quality import Table
from ingest.blocks import BlockKind, Extraction
from ingest.formats import PPTX, XLSX
from ingest.report import FileReport, Report, State
from search_service.citations import cite_passage
from search_service.explanations import join_quoted, name_relevance
from search_service.hits import HighlightKind, Hit, Result, Suggestions
from search_service.model.folder import ModelDescription
from search_service.searcher import Status

_STATE_LABELS = {
    State.INDEXED: "aufgenommen",
    State.UNCHANGED: "unverändert",
    State.DUPLICATE: "doppelt",
    State.SKIPPED: "übersprungen",
    State.FAILED: "fehlgeschlagen",
}


_KIND_LABELS = {
    BlockKind.HEADING: "Überschrift",
    BlockKind.PARAGRAPH: "Absatz",
    BlockKind.LIST_ITEM: "Listenpunkt",
    BlockKind.TABLE: "Tabelle",
    BlockKind.CAPTION: "Beschriftung",
    BlockKind.FOOTNOTE: "Fußnote",
}
_PAGE_NAMES = {PPTX: "Folie", XLSX: "Blatt"}


def print_json(content: object) -> None:
    """Print JSON with real umlauts."""
    print(json.dumps(content, ensure_ascii=False, indent=2))


class IngestProgress:
    """Progress bars on the error stream, so that the standard output stays clean; silent where no one is watching."""

    def __init__(self) -> None:
        self._bars = _create_bars()
        self._files: TaskID | None = None
        self._vectors: TaskID | None = None

    def __enter__(self) -> IngestProgress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def offered(self, total: int) -> None:
        """Show how many files there are."""
        self._files = self._bars.add_task("Dokumente lesen", total=total)

    def finished(self, report: FileReport) -> None:
        """Move on by one file."""
        if self._files is not None:
            self._bars.advance(self._files)

    def embedded(self, done: int, total: int) -> None:
        """Show how many passages have their vector."""
        if self._vectors is None:
            self._vectors = self._bars.add_task("Textstellen einbetten", total=total)
        self._bars.update(self._vectors, completed=done)

    def publishing(self) -> None:
        """Show nothing: it takes a moment."""


@contextmanager
def track(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show one progress bar; the function handed out moves it on."""
    with _create_bars() as bars:
        task = bars.add_task(label, total=total)
        yield lambda steps: bars.advance(task, steps)


@contextmanager
def show_status(label: str) -> Iterator[Callable[[str], None]]:
    """Show what is under way on the error stream; the function handed out names the next thing. Silent where no one watches."""
    with Console(stderr=True).status(label) as status:
        yield lambda text: status.update(f"{label}: {escape(text)}")


def print_files(report: Report) -> None:
    """Print one line for every file that is not as it was, and every notice, with the time."""
    lines = [
        f"{_STATE_LABELS[file.state]}: {file.path}" + (f" – {file.reason}" if file.reason else "")
        for file in report.files
        if file.state is not State.UNCHANGED or file.reason
    ]
    lines += [f"entfernt: {path}" for path in report.pruned]
    lines += [f"Hinweis: {notice}" for notice in report.notices]
    for line in lines:
        print(f"{datetime.now():%d.%m.%Y %H:%M:%S} {line}", flush=True)


def _create_bars() -> Progress:
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())


def print_report(report: Report, seconds: float, peak_memory: int | None) -> None:
    """Print every file that needs a word, how many ended in which state, and what it cost; `peak_memory` is in bytes."""
    console = Console()
    for file in report.files:
        if file.reason:  # the path on a line of its own, to be copied
            print(file.path)
            console.print(Text(f"    {_STATE_LABELS[file.state]}: {file.reason}"))
    totals = RichTable("Ergebnis", "Dateien", title="Aufnahme", title_justify="left")
    totals.columns[1].justify = "right"
    for state, count in report.totals.items():
        totals.add_row(_STATE_LABELS[state], str(count))
    totals.add_section()
    totals.add_row("zusammen", str(len(report.files)))
    console.print(totals)
    for location in report.pruned:
        console.print(f"Gelöscht, weil die Datei fehlt: {escape(location)}")
    for notice in report.notices:
        console.print(escape(notice))
    if report.generation is not None:
        console.print(f"Suchindex {report.generation} ist veröffentlicht.")
    passages = sum(file.passages for file in report.files)
    memory = f", Arbeitsspeicher höchstens {peak_memory / 2**20:.0f} MiB" if peak_memory else ""
    console.print(f"{passages} Textstellen in {seconds:.0f} s, davon {report.embedded} eingebettet{memory}.", highlight=False)


def print_blocks(extraction: Extraction) -> None:
    """Print the blocks of a file in reading order."""
    unit = _PAGE_NAMES.get(extraction.media_type, "Seite")
    for block in extraction.blocks:
        level = f" {block.level}" if block.level else ""
        page = f"{unit} {block.page}" if block.page else ""
        source = "" if block.label_source == "sheet" else "gedruckt "
        label = f" ({source}{block.label})" if block.label else ""
        print(f"[{_KIND_LABELS[block.kind]}{level}] {page}{label}".rstrip())
        print(f"{block.text}\n")
    for notice in extraction.notices:
        print(f"Hinweis: {notice}")


def print_result(result: Result) -> None:
    """Print what is to say about the question, then hits with their place, snippet, citation and how likely they fit."""
    console = Console(highlight=False)
    for notice in result.notices:
        console.print(Text(notice, style="yellow"))
    if not result.fitting:
        console.print(Text("Dazu haben wir nichts Passendes gefunden.", style="bold"))
    for line in _tell_reading(result.suggestions):
        console.print(Text(line))
    if not result.hits:
        console.print("Bitte andere Wörter oder weniger Filter versuchen.")
    elif not result.fitting:
        console.print("\nWas am nächsten kommt:")
    for hit in result.hits:
        _print_hit(console, hit)


def _tell_reading(suggestions: Suggestions) -> Iterator[str]:
    """Yield how the question was read, and what else could be asked."""
    other = suggestions.did_you_mean
    if other and suggestions.corrected:
        yield f"Gesucht wurde nach „{other}“. Wie eingegeben sucht --verbatim."
    elif other:
        yield f"Meinten Sie „{other}“?"
    for word, others in suggestions.also_searched.items():
        yield f"Auch gesucht: „{word}“ als {', '.join(others)}."
    if suggestions.near_topics:
        yield f"Nahe Themen: {join_quoted(suggestions.near_topics)}."


def _print_hit(console: Console, hit: Hit) -> None:
    console.print(Text(f"{hit.rank:>2}. {hit.document.metadata.title}", style="bold"))
    if hit.edition:
        console.print(Text(f"    {hit.edition}", style="yellow"))
    if hit.passage.heading_path:
        console.print(Text("    " + " › ".join(hit.passage.heading_path), style="dim"))
    snippet = Text("    " + hit.snippet.text)
    for mark in hit.snippet.highlights:
        style = "underline" if mark.kind is HighlightKind.SEMANTIC else "bold yellow"
        snippet.stylize(style, mark.start + 4, mark.end + 4)
    console.print(snippet)
    if hit.also_in:
        console.print(Text(f"    Fast gleich auch in: {join_quoted([other.metadata.title for other in hit.also_in])}"))
    console.print(Text("    " + cite_passage(hit.document, hit.passage).text, style="dim"))
    console.print(Text(f"    {name_relevance(hit.relevance).capitalize()}", style="dim"))
    console.print()


def print_table(table: Table) -> None:
    """Print one table of an evaluation."""
    console = Console()
    rich_table = RichTable(*table.columns, title=table.heading, title_justify="left")
    for row in table.rows:
        rich_table.add_row(*map(escape, row))
    console.print(rich_table)
    for remark in table.remarks:
        console.print(escape(remark))


def print_status(folder: Path, status: Status) -> None:
    """Print the state of a knowledge base."""
    print(f"Wissensbasis:      {folder}")
    print(f"Suchindex:         {status.generation}, veröffentlicht {status.updated_at:%d.%m.%Y %H:%M} (UTC)")
    print(f"Dokumente:         {status.documents}")
    print(f"Textstellen:       {status.passages}")
    print(f"Modell:            {status.model or 'keines'}")
    print(f"Bedeutungssuche:   {'bereit' if status.semantic else 'aus'}")
    for notice in status.notices:
        print(f"Hinweis: {notice}")


def print_model(description: ModelDescription) -> None:
    """Print what is known of a model."""
    print(f"Modell:      {description.name}")
    print(f"Ordner:      {description.folder}")
    print(f"Zustand:     {description.state}")
    print(f"Kennung:     {description.fingerprint or '–'}")
    print(f"Maße:        {description.dimension or '–'} Dimensionen, höchstens {description.max_tokens or '–'} Token")
    for name, prompt in description.prompts.items():
        print(f"Vorspann:    {name} → „{prompt}“")
    print(f"Größe:       {description.size / 2**20:.0f} MiB")
