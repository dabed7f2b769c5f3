"""What the pages cost a reader: `python -m evaluation.pages --kb DIR`; German tables, exit code 1 if a target is missed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser

from evaluation.pages import tasks
from evaluation.pages.browsing import open_chromium, open_once
from evaluation.pages.figures import Figures, find_misses, report_lines, summarise
from evaluation.served import ServiceFailed, read_json, serve

QUESTION = "Muss der Betriebsrat zustimmen, wenn wir KI einführen?"
FEW = "§ 87 Abs. 1 Nr. 6 BetrVG Datenbrille"
UNKNOWN = "Rezept Apfelkuchen mit Streuseln"
RUNS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 0, 1 if a target is missed, or 2 if nothing can be measured."""
    options = _build_parser().parse_args(arguments)
    try:
        with serve(options.kb, {"CHANGE_WISSEN_RATE": "0", "CHANGE_WISSEN_LOG": "off"}) as served, open_chromium() as browser:
            figures = measure(browser, served.address, options.runs)
            outcomes = do_tasks(browser, served.address, options.tasks, options.corpus) if options.tasks else []
    except (ServiceFailed, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(*report_lines(figures, options.runs), sep="\n")
    if outcomes:
        print("", *tasks.report_lines(outcomes), sep="\n")
    if options.json:
        report = {"pages": [asdict(each) for each in figures], "tasks": [asdict(each) for each in outcomes]}
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", "utf-8")
    missed = any(find_misses(each) for each in figures) or any(outcome.fault for outcome in outcomes)
    return 1 if missed else 0


def measure(browser: Browser, address: str, runs: int) -> list[Figures]:
    """Return the figures of the states that readers spend their time in."""
    report = []
    for state, (path, is_bounded) in _list_states(address).items():
        open_once(browser, address + path)  # a first visitor has been here: what the service prepares is prepared
        report.append(summarise(state, [open_once(browser, address + path) for _ in range(runs)], is_bounded=is_bounded))
        print(report[-1].state, file=sys.stderr, flush=True)
    return report


def _list_states(address: str) -> dict[str, tuple[str, bool]]:
    """Return name -> path, and whether the targets for bytes and round trips are meant for it: those without the viewer."""
    found = read_json(f"{address}/api/v1/search?{urlencode({'q': QUESTION, 'mode': 'lexical'})}")
    hits = found["hits"]
    if not isinstance(hits, list) or not hits:
        raise ServiceFailed("Auf die Probefrage gibt es keinen Treffer. Bitte zuerst „change-wissen ingest corpus“ ausführen.")
    pdf = next((hit for hit in hits if "#page=" in str(hit["source_url"])), hits[0])
    document, passage = pdf["document"]["id"], pdf["id"]
    return {
        "Start": ("/", True),
        "Treffer": (f"/suche?{urlencode({'q': QUESTION})}", True),
        "Treffer, wenige": (f"/suche?{urlencode({'q': FEW, 'mode': 'lexical'})}", True),
        "nichts Passendes": (f"/suche?{urlencode({'q': UNKNOWN})}", True),
        "Dokument": (f"/dokument/{document}", True),
        "Betrachter": (f"/dokument/{document}/quelle?{urlencode({'stelle': passage})}", False),
        "Merkliste": ("/merkliste", True),
        "Hilfe": ("/hilfe", True),
        "Anmeldung zur Pflege": ("/pflege/anmelden", True),
    }


def do_tasks(browser: Browser, address: str, table: Path, corpus: Path) -> list[tasks.Outcome]:
    """Do the tasks of a table on the service."""
    page = browser.new_context(locale="de-DE", reduced_motion="reduce").new_page()
    return [tasks.do_task(page, address, task, corpus) for task in tasks.read_tasks(table)]


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evaluation.pages", description="Misst die Seiten in einem Browser.")
    parser.add_argument("--kb", type=Path, required=True, metavar="ORDNER", help="Wissensbasis mit dem Beispielkorpus")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help=f"so oft wird jede Seite geöffnet (sonst {RUNS})")
    parser.add_argument("--tasks", type=Path, default=None, metavar="DATEI", help="dazu die Aufgaben dieser Tabelle lösen")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), metavar="ORDNER", help="Ordner mit deren Dateien")
    parser.add_argument("--json", type=Path, metavar="DATEI", help="das Ergebnis auch als JSON schreiben")
    return parser


if __name__ == "__main__":
    sys.exit(main())
