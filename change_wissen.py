"""The front door: the command `change-wissen`. The only file that knows all packages and reads the environment.

A command's packages are imported when that command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from change_wissen_arguments import build_parser

if TYPE_CHECKING:
    import socket

    from search_service.embedder import Embedder
    from search_service.searcher import Searcher
    from search_service.settings import Settings

    Command = Callable[[argparse.Namespace, Settings], int]

EXIT_DONE, EXIT_SOME_FAILED, EXIT_USAGE = 0, 1, 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, the shells' convention


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 all done, 1 some documents failed, 2 wrong usage or nothing there."""
    from search_service.errors import ChangeWissenError

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    options = build_parser().parse_args(arguments)
    try:
        from search_service.settings import read_settings

        return _COMMANDS[options.command](options, read_settings(os.environ))
    except ChangeWissenError as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("\nAbgebrochen. Was schon aufgenommen war, ist erhalten; ein neuer Start macht dort weiter.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except OSError as error:
        where = error.filename or "eine Datei"
        print(f"Fehler: Kein Zugriff auf {where} ({error.strerror}). Bitte Rechte und freien Platz prüfen.", file=sys.stderr)
        return EXIT_USAGE


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
    with KnowledgeBase(_kb_folder(options, settings)) as knowledge_base:
        embedder, reason = (_require_embedder(settings), None) if options.reembed else _load_embedder(settings)
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


def run_search(options: argparse.Namespace, settings: Settings) -> int:
    """Ask one question and print the hits."""
    from change_wissen_output import print_json, print_result
    from search_service.answers import result_to_json
    from search_service.knowledge_base.store import Reader
    from search_service.queries import Mode, Query, parse_filters, parse_mode
    from search_service.searcher import Searcher

    mode = parse_mode(options.mode)
    query = Query(options.question, mode, parse_filters(options.filter), page_size=options.limit)
    reader = Reader(_kb_folder(options, settings))
    embedder, without_embedder = (None, None) if mode is Mode.LEXICAL else _load_embedder(settings)
    result = Searcher(reader, embedder, without_embedder).search(query)
    if options.json:
        print_json(result_to_json(result, query, settings.public_url or None))
    else:
        print_result(result)
    return EXIT_DONE


def run_serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve API and page until interrupted; search by words answers at once, by meaning as soon as the model is loaded."""
    import contextlib
    import threading

    import uvicorn

    from search_service.api import create_app
    from search_service.knowledge_base.store import Reader
    from search_service.searcher import Searcher

    searcher = Searcher(Reader(_kb_folder(options, settings)), None, "Das Sprachmodell wird gerade geladen.")
    app = create_app(searcher, public_url=settings.public_url or None)
    host = options.host or settings.host
    listening = _listen(host, settings.port if options.port is None else options.port)
    threading.Thread(target=_attach_model, args=(searcher, settings), daemon=True).start()
    shown_host = f"[{host}]" if ":" in host else host
    print(f"Suche: http://{shown_host}:{listening.getsockname()[1]} – Beenden mit Strg-C", flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False))
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn has ended the requests under way and raises it again
        server.run(sockets=[listening])
    return EXIT_DONE


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise InvalidSettings if the address cannot be had."""
    import socket

    from search_service.errors import InvalidSettings

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
    except OSError as error:
        raise InvalidSettings(
            f"Auf {host}, Port {port} kann der Dienst nicht lauschen ({os.strerror(error.errno or 0)}). "
            "Läuft er schon? Bitte mit --port oder --host eine andere Adresse wählen."
        ) from error


def _attach_model(searcher: Searcher, settings: Settings) -> None:
    """Load the model and hand it to the running service; visitors learn that it is off, the log learns why."""
    embedder, reason = None, "Das Sprachmodell lässt sich nicht laden."
    try:
        # One thread: two gain a quarter on an idle machine and lose tenfold on a busy one (docs/decisions/0002).
        embedder, reason_for_operator = _load_embedder(settings, threads=1)
    except Exception:  # whatever it is, search by words goes on
        logging.getLogger(__name__).exception("loading the model failed")
    else:
        if reason_for_operator:
            print(f"Hinweis: {reason_for_operator}", file=sys.stderr, flush=True)
    searcher.attach_embedder(embedder, None if embedder else f"{reason} Betreiber finden Abhilfe im Handbuch.")


def run_evaluate(options: argparse.Namespace, settings: Settings) -> int:
    """Measure the quality of search on judged queries in a throw-away knowledge base."""
    import tempfile

    from change_wissen_output import IngestProgress, print_json, print_table, track
    from evaluation.judgements import read_judged_set
    from evaluation.quality import evaluate, kinds_table, quality_table, to_json
    from ingest.pipeline import index_texts, ingest
    from ingest.report import State
    from search_service.knowledge_base.store import KnowledgeBase, Reader
    from search_service.queries import MAX_QUERY_CHARACTERS, Mode, Query
    from search_service.searcher import Searcher

    judged = read_judged_set(options.folder)
    modes = tuple(map(Mode, options.mode or ("lexical", "semantic", "hybrid")))
    embedder = None if modes == (Mode.LEXICAL,) else _require_embedder(settings)
    with tempfile.TemporaryDirectory(prefix="change-wissen-") as folder:
        root = Path(folder)
        with KnowledgeBase(root) as knowledge_base, IngestProgress() as progress:
            if judged.entries is None:
                report = ingest([options.folder], knowledge_base, embedder=embedder, progress=progress)
            else:
                entries = ((entry.id, entry.title, entry.text) for entry in judged.entries)
                report = index_texts(entries, knowledge_base, embedder=embedder, progress=progress)
            locations = {document.id: document.location for document in knowledge_base.documents()}
        names = {key: _judged_name(location, options.folder, judged.entries is None) for key, location in locations.items()}
        searcher = Searcher(Reader(root), embedder)

        def search(text: str, mode: Mode, limit: int) -> list[str]:
            # A judged set may hold longer queries than a user may ask.
            query = Query(text[:MAX_QUERY_CHARACTERS], mode, page_size=limit)
            return [names[hit.document.id] for hit in searcher.search(query).hits]

        with track("Fragen stellen", len(judged.queries)) as advance:
            quality = evaluate(judged, search, modes, len(names), advance)
    if options.json:
        print_json(to_json(quality))
    else:
        for table in (quality_table(quality), kinds_table(quality)):
            if table:
                print_table(table)
    failed = [file for file in report.files if file.state is State.FAILED]
    for file in failed:
        print(f"Nicht aufgenommen, fehlt in der Messung: {file.path}: {file.reason}", file=sys.stderr)
    return EXIT_SOME_FAILED if failed else EXIT_DONE


def run_latency(options: argparse.Namespace, settings: Settings) -> int:
    """Measure how long a hybrid search takes, one query after the other."""
    from dataclasses import asdict

    from change_wissen_output import print_json
    from evaluation.judgements import read_queries
    from evaluation.latency import measure_latency, report_lines
    from search_service.knowledge_base.store import Reader
    from search_service.queries import Query
    from search_service.searcher import Searcher

    texts = [query.text for query in read_queries(options.queries)]
    searcher = Searcher(Reader(_kb_folder(options, settings)), _require_embedder(settings))
    report = measure_latency(lambda text: searcher.search(Query(text)).seconds, texts, options.limit)
    if options.json:
        print_json(asdict(report))
    else:
        print("\n".join(report_lines(report)))
    return EXIT_DONE


def run_status(options: argparse.Namespace, settings: Settings) -> int:
    """Print what the knowledge base holds and whether search by meaning works."""
    from dataclasses import asdict

    from change_wissen_output import print_json, print_status
    from search_service.knowledge_base.store import Reader
    from search_service.searcher import Searcher

    folder = _kb_folder(options, settings)
    status = Searcher(Reader(folder), *_load_embedder(settings)).status()
    if options.json:
        print_json({"kb": str(folder), **asdict(status), "updated_at": status.updated_at.isoformat()})
    else:
        print_status(folder, status)
    return EXIT_DONE


def run_model_prepare(options: argparse.Namespace, settings: Settings) -> int:
    """Write the embedded model's folder, unless a sound one is there."""
    from search_service.model.folder import describe_model, find_packed_weights, prepare_model

    folder = _embedded_model_folder()
    prepare_model(find_packed_weights(), folder)
    print(f"Sprachmodell bereit: {describe_model(folder).fingerprint} in {folder}")
    return EXIT_DONE


def run_model_verify(options: argparse.Namespace, settings: Settings) -> int:
    """Check every byte of the model."""
    from search_service.model.folder import verify_model

    folder = Path(settings.model) if settings.model else _embedded_model_folder()
    verify_model(folder)
    print(f"Sprachmodell unversehrt: {folder}")
    return EXIT_DONE


def run_model_show(options: argparse.Namespace, settings: Settings) -> int:
    """Print what the model's folder says of itself; exit code 2 if the model cannot be used."""
    from change_wissen_output import print_model
    from search_service.model.folder import describe_model

    description = describe_model(Path(settings.model) if settings.model else _embedded_model_folder())
    print_model(description)
    return EXIT_DONE if description.ready else EXIT_USAGE


def _kb_folder(options: argparse.Namespace, settings: Settings) -> Path:
    from search_service.errors import KnowledgeBaseMissing

    if folder := options.kb or settings.kb:
        return Path(folder)
    raise KnowledgeBaseMissing("Welche Wissensbasis? Bitte --kb ORDNER angeben oder CHANGE_WISSEN_KB setzen.")


def _embedded_model_folder() -> Path:
    from search_service.model.folder import default_model_folder

    return default_model_folder(os.environ, Path.home())


def _require_embedder(settings: Settings, threads: int | None = None) -> Embedder:
    """Return the embedder set up; raise ModelUnavailable if it cannot be loaded.

    `threads` is taken where no setting says otherwise; None is one per core.
    """
    from search_service.embedder import RememberingEmbedder
    from search_service.model.folder import verify_model

    if not settings.model:
        verify_model(_embedded_model_folder())  # says what is wrong seconds before torch is imported
    from search_service.sentence_embedder import load_embedder

    name = settings.model or str(_embedded_model_folder())
    return RememberingEmbedder(load_embedder(name, threads=settings.threads or threads))


def _load_embedder(settings: Settings, threads: int | None = None) -> tuple[Embedder | None, str | None]:
    """Return (embedder, None), or (None, a German sentence why there is none)."""
    from search_service.errors import ModelUnavailable

    try:
        return _require_embedder(settings, threads), None
    except ModelUnavailable as error:
        return None, str(error)


def _judged_name(location: str, folder: Path, is_file: bool) -> str:
    """Return the name by which judgements call a document: its path relative to the folder, or the entry's `_id`."""
    from ingest.sources import locate

    return Path(location).relative_to(locate(folder)).as_posix() if is_file else location


def _check_writable(path: Path) -> None:
    """Raise InvalidSettings now rather than after an hour of work if the report cannot be written."""
    from search_service.errors import InvalidSettings

    try:
        path.touch()
    except OSError as error:
        raise InvalidSettings(f"Der Bericht {path} ist nicht schreibbar ({error.strerror}). Bitte den Pfad prüfen.") from error


_COMMANDS: dict[str, Command] = {
    "ingest": run_ingest,
    "extract": run_extract,
    "search": run_search,
    "serve": run_serve,
    "evaluate": run_evaluate,
    "latency": run_latency,
    "status": run_status,
    "model_prepare": run_model_prepare,
    "model_verify": run_model_verify,
    "model_show": run_model_show,
}

if __name__ == "__main__":
    sys.exit(main())
