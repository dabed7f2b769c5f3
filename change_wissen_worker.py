"""The command that does what editors asked for through the service: the worker."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_exit import EXIT_DONE, EXIT_SOME_FAILED

if TYPE_CHECKING:
    from types import FrameType

    from ingest.errands import Outcome
    from search_service.desk.jobs import Job
    from search_service.settings import Settings


def run_work(options: argparse.Namespace, settings: Settings) -> int:
    """Do jobs until interrupted, or until none is left; a line for each."""
    import signal
    import threading

    from ingest.errands import Errand
    from ingest.passwords import read_passwords
    from ingest.worker import work
    from search_service.desk.opening import open_desk
    from search_service.errors import KnowledgeBaseBusy, KnowledgeBaseMissing, ModelMismatch
    from search_service.knowledge_base.store import KnowledgeBase

    folder = change_wissen_model.find_kb_folder(options, settings)
    if not folder.is_dir():
        raise KnowledgeBaseMissing(
            f"Im Ordner {folder} liegt keine Wissensbasis. Bitte zuerst „change-wissen ingest ORDNER --kb {folder}“ ausführen."
        )
    passwords = read_passwords(options.password_file) if options.password_file else ()
    print("Sprachmodell wird geladen …", file=sys.stderr, flush=True)
    embedder, reason = change_wissen_model.load_embedder(settings)
    if reason:
        print(f"Hinweis: {reason}", file=sys.stderr)

    # Says now, not at the first job, what does not fit. Another writer may be at work; the jobs wait for it, too.
    try:
        with KnowledgeBase(folder) as knowledge_base:
            if embedder:
                knowledge_base.check_model(embedder.fingerprint)
    except KnowledgeBaseBusy:
        pass
    except ModelMismatch as error:
        print(f"Hinweis: {error} Bis dahin gelingen nur Zurückziehen und Zurückrollen.", file=sys.stderr)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    if not options.once:
        print(f"Aufträge für {folder} werden ausgeführt – Beenden mit Strg-C", flush=True)
    failed = work(
        lambda base: Errand(base, embedder, passwords), folder, open_desk(folder).jobs, stop, once=options.once, tell=_tell
    )
    return EXIT_SOME_FAILED if options.once and failed else EXIT_DONE


def _tell(job: Job, outcome: Outcome) -> None:
    from search_service.desk.jobs import KIND_LABELS

    ended = "erledigt" if outcome.is_done else "fehlgeschlagen"
    print(f"{ended}: {KIND_LABELS[job.kind]} {job.id} – {outcome.detail}", flush=True)
