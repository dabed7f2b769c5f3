"""The front door: the command `change-wissen`. The only file that knows all packages and reads the environment.

A command's packages are imported when that command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_arguments import build_parser
from change_wissen_exit import EXIT_DONE, EXIT_INTERRUPTED, EXIT_USAGE
from change_wissen_intake import run_extract, run_ingest, run_watch
from change_wissen_keys import run_keys_create, run_keys_list, run_keys_revoke
from change_wissen_latency import run_latency
from change_wissen_measures import run_evaluate
from change_wissen_searcher import make_searcher
from change_wissen_service import run_serve
from change_wissen_worker import run_work

if TYPE_CHECKING:
    from search_service.settings import Settings

    Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code, see `change_wissen_exit`."""
    from search_service.errors import ChangeWissenError, name_os_error

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
        print(
            f"Fehler: Kein Zugriff auf {where} ({name_os_error(error)}). Bitte das beheben und erneut starten.", file=sys.stderr
        )
        return EXIT_USAGE


def run_search(options: argparse.Namespace, settings: Settings) -> int:
    """Ask one question and print the hits."""
    from change_wissen_output import print_json, print_result
    from search_service.answers import result_to_json
    from search_service.knowledge_base.store import Reader
    from search_service.queries import Grouping, Mode, Query, parse_filters, parse_mode

    mode, filters = parse_mode(options.mode), parse_filters(options.filter)
    grouping = Grouping(options.group_by)
    query = Query(options.question, mode, filters, page_size=options.limit, group_by=grouping, verbatim=options.verbatim)
    reader = Reader(change_wissen_model.find_kb_folder(options, settings))
    embedder, without_embedder = (None, None) if mode is Mode.LEXICAL else change_wissen_model.load_embedder(settings)
    result = make_searcher(settings, reader, embedder, without_embedder).search(query)
    if options.json:
        print_json(result_to_json(result, query, settings.public_url or None))
    else:
        print_result(result)
    return EXIT_DONE


def run_status(options: argparse.Namespace, settings: Settings) -> int:
    """Print what the knowledge base holds and whether search by meaning works."""
    from dataclasses import asdict

    from change_wissen_output import print_json, print_status
    from search_service.knowledge_base.store import Reader

    folder = change_wissen_model.find_kb_folder(options, settings)
    status = make_searcher(settings, Reader(folder), *change_wissen_model.load_embedder(settings)).status()
    if options.json:
        print_json({"kb": str(folder), **asdict(status), "updated_at": status.updated_at.isoformat()})
    else:
        print_status(folder, status)
    return EXIT_DONE


_COMMANDS: dict[str, Command] = {
    "ingest": run_ingest,
    "watch": run_watch,
    "work": run_work,
    "extract": run_extract,
    "search": run_search,
    "serve": run_serve,
    "evaluate": run_evaluate,
    "latency": run_latency,
    "status": run_status,
    "model_prepare": change_wissen_model.run_model_prepare,
    "model_verify": change_wissen_model.run_model_verify,
    "model_show": change_wissen_model.run_model_show,
    "keys_create": run_keys_create,
    "keys_list": run_keys_list,
    "keys_revoke": run_keys_revoke,
}

if __name__ == "__main__":
    sys.exit(main())
