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

if TYPE_CHECKING:
    from search_service.embedder import Embedder
    from search_service.settings import Settings

EXIT_DONE, EXIT_SOME_FAILED, EXIT_USAGE = 0, 1, 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, the shells' convention

_MODES = ("lexical", "semantic", "hybrid")
# argparse speaks English unless told otherwise; these are the sentences it can say here.
_GERMAN = {
    "usage: ": "Aufruf: ",
    "positional arguments": "Argumente",
    "options": "Optionen",
    "show this help message and exit": "diese Hilfe zeigen",
    "the following arguments are required: %s": "es fehlt: %s",
    "unrecognized arguments: %s": "unbekannt: %s",
    "expected one argument": "hier fehlt ein Wert",
    "expected at least one argument": "hier fehlt mindestens ein Wert",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "„%(value)s“ gibt es nicht (möglich: %(choices)s)",
    "invalid %(type)s value: %(value)r": "„%(value)s“ ist keine ganze Zahl",  # the only type here that can fail is int
    "ignored explicit argument %r": "der Wert %r gehört hier nicht hin",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s ist nicht eindeutig (möglich: %(matches)s)",
    "%(prog)s: error: %(message)s\n": "%(prog)s: Fehler: %(message)s\n",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 all done, 1 some documents failed, 2 wrong usage or nothing there."""
    from search_service.errors import ChangeWissenError

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    options = build_parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, Settings], int] = options.command
    try:
        from search_service.settings import read_settings

        return command(options, read_settings(os.environ))
    except ChangeWissenError as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("\nAbgebrochen. Was schon aufgenommen war, ist erhalten.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except OSError as error:
        where = error.filename or "eine Datei"
        print(f"Fehler: Kein Zugriff auf {where} ({error.strerror}). Bitte Rechte und freien Platz prüfen.", file=sys.stderr)
        return EXIT_USAGE


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, in German."""
    setattr(argparse, "_", lambda text: _GERMAN.get(text, text))  # argparse has no other way to choose a language
    parser = argparse.ArgumentParser(
        prog="change-wissen",
        description="Wissenssuche des Zukunfts-HUB: Dokumente aufnehmen, durchsuchen und die Suche als Dienst anbieten.",
        epilog="Beispiel: change-wissen ingest corpus --kb wissensbasis && change-wissen search „Pausen“ --kb wissensbasis",
    )
    commands = parser.add_subparsers(title="Befehle", metavar="BEFEHL", required=True)

    ingest = commands.add_parser("ingest", help="Dateien und Ordner in die Wissensbasis aufnehmen")
    ingest.add_argument("paths", nargs="+", type=Path, metavar="PFAD", help="Dateien oder Ordner (mit Unterordnern)")
    _add_kb(ingest)
    ingest.add_argument("--report", type=Path, metavar="DATEI", help="Bericht zusätzlich als JSON-Datei schreiben")
    ingest.add_argument("--prune", action="store_true", help="Dokumente löschen, deren Datei unter PFAD verschwunden ist")
    ingest.add_argument("--reembed", action="store_true", help="alles mit dem eingestellten Modell neu einbetten")
    ingest.set_defaults(command=run_ingest)

    extract = commands.add_parser("extract", help="zeigen, welchen Text die Aufnahme in einer Datei sieht")
    extract.add_argument("file", type=Path, metavar="DATEI", help="ein Dokument")
    _add_json(extract)
    extract.set_defaults(command=run_extract)

    search = commands.add_parser("search", help="eine Frage an die Wissensbasis stellen")
    search.add_argument("question", metavar="FRAGE", help="Frage oder Stichwörter, in Anführungszeichen")
    _add_kb(search)
    search.add_argument("--mode", default="hybrid", metavar="ART", help=f"Suchart: {', '.join(_MODES)} (sonst hybrid)")
    example = "einschränken, z. B. collection=wissen oder year=2024..; mehrfach möglich"
    search.add_argument("--filter", action="append", default=[], metavar="FELD=WERT", help=example)
    search.add_argument("--limit", type=_positive, default=10, metavar="N", help="höchstens so viele Treffer (sonst 10)")
    _add_json(search)
    search.set_defaults(command=run_search)

    serve = commands.add_parser("serve", help="Schnittstelle und Suchseite anbieten")
    _add_kb(serve)
    serve.add_argument("--host", metavar="ADRESSE", help="Adresse, auf der gelauscht wird (sonst 127.0.0.1)")
    serve.add_argument("--port", type=int, metavar="PORT", help="Port (sonst 8000)")
    serve.set_defaults(command=run_serve)

    evaluate = commands.add_parser("evaluate", help="die Güte der Suche an bewerteten Fragen messen")
    evaluate.add_argument("folder", type=Path, metavar="ORDNER", help="queries.jsonl, qrels.tsv, corpus.jsonl oder Dokumente")
    evaluate.add_argument("--mode", action="append", choices=_MODES, metavar="ART", help="nur diese Suchart; mehrfach möglich")
    _add_json(evaluate)
    evaluate.set_defaults(command=run_evaluate)

    latency = commands.add_parser("latency", help="messen, wie lange eine Suche dauert")
    _add_kb(latency)
    latency.add_argument("--queries", type=Path, required=True, metavar="DATEI", help="Fragen als queries.jsonl")
    latency.add_argument("--limit", type=_positive, default=200, metavar="N", help="so viele Fragen (sonst 200)")
    _add_json(latency)
    latency.set_defaults(command=run_latency)

    status = commands.add_parser("status", help="Stand der Wissensbasis zeigen")
    _add_kb(status)
    _add_json(status)
    status.set_defaults(command=run_status)

    model = commands.add_parser("model", help="das Sprachmodell einrichten und prüfen")
    actions = model.add_subparsers(title="Befehle", metavar="BEFEHL", required=True)
    actions.add_parser("prepare", help="das mitgelieferte Modell einrichten").set_defaults(command=run_model_prepare)
    actions.add_parser("verify", help="die Prüfsummen des Modells nachrechnen").set_defaults(command=run_model_verify)
    actions.add_parser("show", help="Name, Maße und Ordner des Modells zeigen").set_defaults(command=run_model_show)
    return parser


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"„{text}“ ist keine ganze Zahl ab 1")
    return number


def _add_kb(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kb", type=Path, metavar="ORDNER", help="Ordner der Wissensbasis (sonst CHANGE_WISSEN_KB)")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="Ausgabe als JSON")


def run_ingest(options: argparse.Namespace, settings: Settings) -> int:
    """Take files in and print what became of each."""
    from change_wissen_output import IngestProgress, print_report
    from evaluation.latency import read_peak_rss
    from ingest.pipeline import ingest
    from ingest.report import State
    from search_service.knowledge_base.store import KnowledgeBase

    if options.report:
        _check_writable(options.report)
    with KnowledgeBase(_kb_folder(options, settings)) as knowledge_base:
        embedder, _ = _load_embedder(settings)
        if embedder and not options.reembed:
            knowledge_base.check_model(embedder.fingerprint)
        started = time.perf_counter()
        with IngestProgress() as progress:
            report = ingest(options.paths, knowledge_base, embedder=embedder, prune=options.prune, progress=progress)
    if options.report:
        options.report.write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    print_report(report, time.perf_counter() - started, read_peak_rss())
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
    import threading

    import uvicorn

    from search_service.api import create_app
    from search_service.knowledge_base.store import Reader
    from search_service.searcher import Searcher

    searcher = Searcher(Reader(_kb_folder(options, settings)), None, "Das Sprachmodell wird gerade geladen.")
    app = create_app(searcher, public_url=settings.public_url or None)
    host, port = options.host or settings.host, settings.port if options.port is None else options.port
    threading.Thread(target=lambda: searcher.attach_embedder(*_load_embedder(settings, threads=1)), daemon=True).start()
    print(f"Suche: http://{host}:{port} – Beenden mit Strg-C", flush=True)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)
    return EXIT_DONE


def run_evaluate(options: argparse.Namespace, settings: Settings) -> int:
    """Measure the quality of search on judged queries in a throw-away knowledge base."""
    import tempfile

    from change_wissen_output import IngestProgress, print_json, print_table, track
    from evaluation.judgements import read_judged_set
    from evaluation.quality import evaluate, kinds_table, quality_table, to_json
    from ingest.pipeline import index_texts, ingest
    from search_service.knowledge_base.store import KnowledgeBase, Reader
    from search_service.queries import Mode, Query
    from search_service.searcher import Searcher

    judged = read_judged_set(options.folder)
    modes = tuple(map(Mode, options.mode or _MODES))
    embedder = None if modes == (Mode.LEXICAL,) else _require_embedder(settings)
    with tempfile.TemporaryDirectory(prefix="change-wissen-") as folder:
        root = Path(folder)
        with KnowledgeBase(root) as knowledge_base, IngestProgress() as progress:
            if judged.entries is None:
                ingest([options.folder], knowledge_base, embedder=embedder, progress=progress)
            else:
                entries = ((entry.id, entry.title, entry.text) for entry in judged.entries)
                index_texts(entries, knowledge_base, embedder=embedder, progress=progress)
            locations = {document.id: document.location for document in knowledge_base.documents()}
        names = {key: _judged_name(location, options.folder, judged.entries is None) for key, location in locations.items()}
        searcher = Searcher(Reader(root), embedder)

        def search(text: str, mode: Mode, limit: int) -> list[str]:
            return [names[hit.document.id] for hit in searcher.search(Query(text, mode, page_size=limit)).hits]

        with track("Fragen stellen", len(judged.queries)) as advance:
            report = evaluate(judged, search, modes, len(names), advance)
    if options.json:
        print_json(to_json(report))
    else:
        for table in (quality_table(report), kinds_table(report)):
            if table:
                print_table(table)
    return EXIT_DONE


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

    `threads` is taken where no setting says otherwise; None is one per core, right for many passages. A service takes one:
    two threads gain a quarter on an idle machine and lose tenfold on a busy one.
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
    return Path(location).relative_to(folder.absolute()).as_posix() if is_file else location


def _check_writable(path: Path) -> None:
    """Raise InvalidSettings now rather than after an hour of work if the report cannot be written."""
    from search_service.errors import InvalidSettings

    try:
        path.touch()
    except OSError as error:
        raise InvalidSettings(f"Der Bericht {path} ist nicht schreibbar ({error.strerror}). Bitte den Pfad prüfen.") from error


if __name__ == "__main__":
    sys.exit(main())
