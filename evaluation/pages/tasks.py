"""Tasks as a new user would do them: ask, look down the list, open the source, and see the passage on its page."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NeverCame

DEEPEST = 3  # the hit a reader still looks at before asking anew
PATIENCE = 15_000.0  # milliseconds for one step on a busy machine
READING = "–"  # in the column of pages: a format without pages
# The text of the page that lies under the marks.
READ_MARKED = """() => {
    const marks = [...document.querySelectorAll("[data-marks] rect.line")].map(mark => mark.getBoundingClientRect());
    return [...document.querySelectorAll("[data-sheet] span")].filter(span => {
        const box = span.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
        return marks.some(mark => x >= mark.left && x <= mark.right && y >= mark.top && y <= mark.bottom);
    }).map(span => span.textContent).join(" ");
}"""
IS_IN_SIGHT = """wanted => [...document.querySelectorAll(wanted)].some(element => {
    const box = element.getBoundingClientRect();
    return box.height > 0 && box.bottom > 0 && box.top < innerHeight;
})"""


@dataclass(frozen=True, slots=True)
class Task:
    """A question, and where its answer stands."""

    question: str
    title: str  # how the title of the document begins, by which a reader knows it
    file: str  # path in the corpus
    page: int | None  # physical, 1-based; None in a format without pages
    words: str  # of the passage that answers


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task went."""

    task: Task
    rank: int | None  # of the hit that was opened; None where no hit was of the right document
    fault: str | None  # German; None where everything was as it should be


def read_tasks(path: Path) -> list[Task]:
    """Return the tasks of a table with the columns question, title, file, page and words, separated by tabs."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return [
            Task(row["question"], row["title"], row["file"], None if row["page"] == READING else int(row["page"]), row["words"])
            for row in rows
        ]


def do_task(page: Page, address: str, task: Task, corpus: Path) -> Outcome:
    """Do a task on the service at `address`, which has the documents of the folder `corpus`."""
    page.goto(address)
    page.locator("#q").fill(task.question)
    page.keyboard.press("Enter")
    page.wait_for_url("**/suche?*", timeout=PATIENCE)
    hits = page.locator("main > .results ol.hits > li:visible").all()[:DEEPEST]
    titles = [_bare(hit.locator("[data-title]").inner_text()) for hit in hits]
    rank = next((rank for rank, title in enumerate(titles, 1) if title.startswith(_bare(task.title))), None)
    if rank is None:
        return Outcome(task, None, f"unter den ersten {DEEPEST} Treffern ist „{task.title}“ nicht")
    hits[rank - 1].locator("a.source").click()
    page.wait_for_url("**/quelle?*", timeout=PATIENCE)
    try:
        return Outcome(task, rank, _find_fault(page, task, corpus))
    except NeverCame as error:
        return Outcome(task, rank, f"Der Betrachter zeigt nichts: {error}")


def _find_fault(page: Page, task: Task, corpus: Path) -> str | None:
    chosen = page.locator(".chosen[data-passage]")
    if _bare(task.words) not in _bare(chosen.inner_text(timeout=PATIENCE)):
        return "die Textstelle enthält die Worte nicht"
    # A reading view has the file for downloading only where no browser shows it.
    link = (
        page.locator("[data-file]").get_attribute("data-file")
        if task.page
        else page.locator("a[download]").get_attribute("href")
    )
    shown = page.request.get(page.url.partition("/dokument")[0] + str(link)).body()
    if hashlib.sha256(shown).digest() != hashlib.sha256((corpus / task.file).read_bytes()).digest():
        return "es ist eine andere Datei"
    if task.page is None:
        return None if page.evaluate(IS_IN_SIGHT, ".chosen[data-passage]") else "die Textstelle ist nicht im Bild"
    if (opened := page.locator("#seite").input_value()) != str(task.page):
        return f"aufgeschlagen ist Blatt {opened}"
    page.locator("[data-drawn]").wait_for(timeout=PATIENCE)
    if not page.evaluate(IS_IN_SIGHT, "[data-marks] rect.line"):
        return "die Markierung ist nicht im Bild"
    if _bare(task.words) not in _bare(page.evaluate(READ_MARKED)):
        return "markiert ist etwas anderes"
    return None


def _bare(text: str) -> str:
    """Return letters and digits alone: lines break words, and a file's signs differ from ours."""
    return re.sub(r"[\W_]+", "", text).casefold()


def report_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the report as Markdown in German."""
    done = sum(outcome.fault is None for outcome in outcomes)
    return [
        "| Frage | Dokument | Seite | Treffer | Ergebnis |",
        "|---|---|---:|---:|---|",
        *(
            f"| {each.task.question} | {each.task.file} | {each.task.page or READING} | {each.rank or READING} "
            f"| {each.fault or 'gefunden'} |"
            for each in outcomes
        ),
        "",
        f"{done} von {len(outcomes)} Aufgaben führen auf die richtige Seite der richtigen Datei, die Textstelle im Bild.",
    ]
