"""The commands that take documents in."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_exit import EXIT_DONE, EXIT_SOME_FAILED

if TYPE_CHECKING:
    from search_service.embedder import Embedder
    from search_service.settings import Settings


def run_ingest(options: argparse.Namespace, settings: Settings) -> int:
    """Take files in and print what became of each."""
    from change_wissen_output import IngestProgress, print_report
    from evaluation.latency import read_peak_rss
    from ingest.pipeline import ingest
    from ingest.report import State
    from search_service.knowledge_base.store import KnowledgeBase

    if options.report:
        _check_writable(options.report)
    left_out = [options.report] if options.report else []
    with KnowledgeBase(change_wissen_model.find_kb_folder(options, settings)) as knowledge_base:
        reason = None
        if options.reembed:
            embedder: Embedder | None = change_wissen_model.require_embedder(settings)
        else:
            embedder, reason = change_wissen_model.load_embedder(settings)
        if embedder and not options.reembed:
            knowledge_base.check_model(embedder.fingerprint)
        started = time.perf_counter()
        with IngestProgress() as progress:
            report = ingest(
                options.paths, knowledge_base, embedder=embedder, prune=options.prune, progress=progress, without=left_out
            )
    if options.report:
        options.report.write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    print_report(report, time.perf_counter() - started, read_peak_rss())
    if reason:
        print(f"Hinweis: {reason}", file=sys.stderr)
    return EXIT_SOME_FAILED if report.totals[State.FAILED] else EXIT_DONE


def run_extract(options: argparse.Namespace, settings: Settings) -> int:
    """Print the blocks of one file in reading order."""
    from change_wissen_output import print_blocks, print_json
    from ingest.blocks import describe_extraction
    from ingest.confined import extract_file
    from search_service.errors import NothingToIndex, UnreadableDocument

    try:
        extraction = extract_file(options.file)
    except (UnreadableDocument, NothingToIndex) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return EXIT_SOME_FAILED
    if options.json:
        print_json(describe_extraction(str(options.file), extraction))
    else:
        print_blocks(extraction)
    return EXIT_DONE


def _check_writable(path: Path) -> None:
    """Raise InvalidSettings now rather than after an hour of work if the report cannot be written."""
    from search_service.errors import InvalidSettings

    try:
        path.touch()
    except OSError as error:
        raise InvalidSettings(f"Der Bericht {path} ist nicht schreibbar ({error.strerror}). Bitte den Pfad prüfen.") from error
