"""The commands that take documents in: from files and folders, from the web, and by watching folders."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_exit import EXIT_DONE, EXIT_SOME_FAILED

if TYPE_CHECKING:
    from types import FrameType

    from ingest.report import Report
    from ingest.settling import Batch
    from ingest.web.basket import Harvest
    from search_service.embedder import Embedder
    from search_service.knowledge_base.store import KnowledgeBase
    from search_service.settings import Settings


def run_ingest(options: argparse.Namespace, settings: Settings) -> int:
    """Take files in, those from the web fetched before, and print what became of each."""
    from change_wissen_output import IngestProgress, print_report
    from evaluation.latency import read_peak_rss
    from ingest.passwords import read_passwords
    from ingest.pipeline import ingest
    from ingest.report import State, join_reports
    from search_service.errors import InvalidSettings
    from search_service.knowledge_base.store import KnowledgeBase

    is_from_web = bool(options.urls or options.sitemap or options.oai)
    if not options.paths and not is_from_web:
        raise InvalidSettings("Was soll aufgenommen werden? Bitte PFAD, --urls, --sitemap oder --oai angeben.")
    folder = change_wissen_model.find_kb_folder(options, settings)
    if not is_from_web and not folder.exists() and not any(path.exists() for path in options.paths):
        raise InvalidSettings(f"Unter {', '.join(map(str, options.paths))} liegt nichts. Bitte den Pfad prüfen.")
    if options.report:
        _check_writable(options.report)
    passwords = read_passwords(options.password_file) if options.password_file else ()
    left_out = [path for path in (options.report, options.password_file, options.urls) if path]
    harvest = _harvest(options, settings, folder) if is_from_web else None
    started = time.perf_counter()
    with KnowledgeBase(folder) as knowledge_base:
        embedder, reason = _choose_embedder(settings, knowledge_base, reembed=options.reembed)

        def take_in(paths: Sequence[Path], *, prune: bool, is_certain: bool = False) -> Report:
            with IngestProgress() as progress:
                return ingest(
                    paths, knowledge_base, embedder=embedder, prune=prune, is_certain=is_certain, reread=options.reread,
                    without=left_out, passwords=passwords, progress=progress,
                )  # fmt: skip

        reports = [take_in(options.paths, prune=options.prune)] if options.paths else []
        if harvest is not None:  # in a run of its own: what a site no longer has says nothing about other folders
            found = take_in([_shelf_folder(folder)], prune=True, is_certain=True)
            reports.append(_add_harvest(found, harvest))
    report = join_reports(reports)
    if options.report:
        options.report.write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    print_report(report, time.perf_counter() - started, read_peak_rss())
    if reason:
        print(f"Hinweis: {reason}", file=sys.stderr)
    return EXIT_SOME_FAILED if report.totals[State.FAILED] else EXIT_DONE


def run_watch(options: argparse.Namespace, settings: Settings) -> int:
    """Take in what changes under the paths until interrupted; print what became of each file."""
    import signal
    import threading

    from change_wissen_output import print_files
    from ingest.passwords import read_passwords
    from ingest.pipeline import ingest
    from ingest.watch import watch
    from search_service.knowledge_base.store import KnowledgeBase

    folder = change_wissen_model.find_kb_folder(options, settings)
    passwords = read_passwords(options.password_file) if options.password_file else ()
    left_out = [folder, options.password_file] if options.password_file else [folder]
    with KnowledgeBase(folder) as knowledge_base:  # says now, not at the first file, what does not fit
        embedder, reason = _choose_embedder(settings, knowledge_base, reembed=False)
        known = [Path(document.location) for document in knowledge_base.documents()]
    if reason:
        print(f"Hinweis: {reason}", file=sys.stderr)

    def take_in(batch: Batch) -> None:
        with KnowledgeBase(folder) as knowledge_base:
            report = ingest(
                batch.changed, knowledge_base, embedder=embedder, gone=batch.gone, without=left_out, passwords=passwords
            )
        print_files(report)

    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    print("Beobachtet werden: " + ", ".join(map(str, options.paths)) + " – Beenden mit Strg-C", flush=True)
    watch(options.paths, take_in, stop, known=known, without=left_out, poll=float(options.poll))
    return EXIT_DONE


def run_extract(options: argparse.Namespace, settings: Settings) -> int:
    """Print the blocks of one file in reading order."""
    from change_wissen_output import print_blocks, print_json
    from ingest.blocks import describe_extraction
    from ingest.confined import extract_file
    from ingest.passwords import read_passwords
    from search_service.errors import InvalidSettings, NothingToIndex, UnreadableDocument

    if options.file.is_dir():
        raise InvalidSettings(f"{options.file} ist ein Ordner. Bitte eine Datei darin nennen.")
    passwords = read_passwords(options.password_file) if options.password_file else ()
    try:
        extraction = extract_file(options.file, passwords=passwords)
    except (UnreadableDocument, NothingToIndex) as error:
        print(f"{options.file.name}: {error}", file=sys.stderr)
        return EXIT_SOME_FAILED
    if options.json:
        print_json(describe_extraction(str(options.file), extraction))
    else:
        print_blocks(extraction)
    return EXIT_DONE


def _choose_embedder(settings: Settings, knowledge_base: KnowledgeBase, *, reembed: bool) -> tuple[Embedder | None, str | None]:
    """Return (embedder, None), or (None, a German sentence why there is none); raise if it does not fit the vectors."""
    if reembed:
        return change_wissen_model.require_embedder(settings), None
    embedder, reason = change_wissen_model.load_embedder(settings)
    if embedder:
        knowledge_base.check_model(embedder.fingerprint)
    return embedder, reason


def _harvest(options: argparse.Namespace, settings: Settings, folder: Path) -> Harvest:
    """Fetch what is named on the web onto the knowledge base's shelf."""
    from importlib.metadata import version

    from change_wissen_output import show_status
    from ingest.web.fetch import Fetcher, Manners, compose_user_agent
    from ingest.web.harvest import harvest_addresses, harvest_records, harvest_sitemap, join_harvests, read_addresses
    from ingest.web.shelf import Shelf

    manners = Manners(compose_user_agent(version("change-wissen"), settings.contact), allow_private=options.allow_private)
    addresses = read_addresses(options.urls) if options.urls else []
    with Fetcher(manners) as fetcher, Shelf(_shelf_folder(folder)) as shelf, show_status("Dokumente laden") as tell:
        found = []
        if addresses:
            found.append(harvest_addresses(addresses, fetcher, shelf, tell=tell))
        if options.sitemap:
            found.append(harvest_sitemap(options.sitemap, fetcher, shelf, tell=tell))
        if options.oai:
            found.append(
                harvest_records(options.oai, fetcher, shelf, set_name=options.oai_set, since=options.oai_from, tell=tell)
            )
    return join_harvests(found)


def _shelf_folder(folder: Path) -> Path:
    from ingest.web.shelf import FOLDER

    return folder / FOLDER


def _add_harvest(report: Report, harvest: Harvest) -> Report:
    from dataclasses import replace

    loaded = f"Aus dem Netz: {harvest.loaded} geladen, {harvest.unchanged} unverändert, {len(harvest.removed)} entfernt."
    return replace(report, files=(*harvest.reports, *report.files), notices=(loaded, *harvest.notices, *report.notices))


def _check_writable(path: Path) -> None:
    """Raise InvalidSettings now rather than after an hour of work if the report cannot be written."""
    from search_service.errors import InvalidSettings, name_os_error

    try:
        path.touch()
    except OSError as error:
        raise InvalidSettings(
            f"Der Bericht {path} ist nicht schreibbar ({name_os_error(error)}). Bitte den Pfad prüfen."
        ) from error
