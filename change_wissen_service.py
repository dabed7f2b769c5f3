"""The front door's command that serves: settings to limits, the log, the language model behind, and an end in good order."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import resource
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_exit import EXIT_DONE
from change_wissen_searcher import make_searcher

if TYPE_CHECKING:
    import argparse

    from search_service.searcher import Searcher
    from search_service.settings import Settings

# How long a search may hold Python's lock while refusals, probes and kept answers wait. At 64 clients that ask on and on,
# 0.5 ms in place of Python's 5 ms refuses twice as many a second and halves the p99 of the answered; searches take as long.
SWITCH_SECONDS = 0.0005
OPEN_FILES = 4096  # every connection may hold a file as well; many systems allow 1,024 until a process asks for more
KEEP_ALIVE_SECONDS = 20  # a connection may rest between two questions; a reverse proxy keeps its own for longer


def run_serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve API and page until told to end; search by words answers at once, by meaning as soon as the model is loaded.

    SIGTERM and Ctrl-C let requests under way finish within `settings.grace` seconds; the exit code is then 0.
    """
    import uvicorn

    from ingest.page_images import ConfinedPages
    from search_service.access import parse_search_access
    from search_service.api import create_app
    from search_service.desk.opening import open_desk
    from search_service.edge.connections import MAX_HEAD_BYTES, Connection
    from search_service.edge.logs import configure_logs, parse_log_form
    from search_service.edge.metrics import Metrics
    from search_service.edge.policy import read_policy
    from search_service.knowledge_base.originals import PAGE_IMAGES
    from search_service.knowledge_base.store import Reader
    from search_service.operator_details import Operator, load_operator
    from search_service.page_image_cache import PageImageCache
    from search_service.page_images import PageImages

    access = parse_search_access(settings.search_access)
    operator = load_operator(Path(settings.operator)) if settings.operator else Operator()
    form, policy, metrics = parse_log_form(settings.log), read_policy(settings, describe_variant(settings)), Metrics()
    reader = Reader(change_wissen_model.find_kb_folder(options, settings), waits=True)
    without_embedder = "Das Sprachmodell wird gerade geladen."
    searcher = make_searcher(settings, reader, None, without_embedder, watch=metrics.count_search)
    desk, drawer = open_desk(reader.root, settings.upload), ConfinedPages()
    app = create_app(
        searcher,
        public_url=settings.public_url or None,
        policy=policy,
        metrics=metrics,
        page_images=PageImages(drawer, PageImageCache(reader.root / PAGE_IMAGES)),
        desk=desk,
        search_access=access,
        operator=operator,
    )
    host = options.host or settings.host
    listening = _listen(host, settings.port if options.port is None else options.port)
    configure_logs(form, sys.stderr)
    threading.Thread(target=_attach_model, args=(searcher, settings), daemon=True).start()
    shown_host = f"[{host}]" if ":" in host else host
    if reader.peek() is None:
        print(
            f"Hinweis: In {reader.root} ist noch nichts veröffentlicht; sobald es so weit ist, wird gesucht.", file=sys.stderr
        )
    print(f"Suche: http://{shown_host}:{listening.getsockname()[1]} – Beenden mit Strg-C", flush=True)
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        log_config=None,  # the libraries' messages go the way of ours
        access_log=False,  # it would name addresses and questions
        proxy_headers=False,  # who asks is found out in `edge.clients`, which believes nobody unasked
        server_header=False,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.grace,
    )
    sys.setswitchinterval(SWITCH_SECONDS)
    allow_open_files(OPEN_FILES)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # an end in good order, however it was asked for
    with (
        drawer,
        contextlib.closing(desk.gaps),
        contextlib.suppress(KeyboardInterrupt),
    ):  # uvicorn has ended the requests under way and raises it again
        uvicorn.Server(config).run(sockets=[listening])
    return EXIT_DONE


def allow_open_files(wanted: int) -> None:
    """Let this process open `wanted` files, or as many as the system allows it to, and never fewer than before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def describe_variant(settings: Settings) -> str:
    """Return what of the settings shapes answers, the content of synonyms and operator's file included; raise OSError."""
    contents = [Path(name).read_bytes() if name else b"" for name in (settings.synonyms, settings.operator)]
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    return " ".join((str(settings.rescoring), settings.public_url, *digests))


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise InvalidSettings if the address cannot be had."""
    from search_service.errors import InvalidSettings, name_os_error

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=2048)
        # asyncio sets it only on sockets that name their protocol; without it a kept connection waits 40 ms for each answer.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise InvalidSettings(
            f"Auf {host}, Port {port} kann der Dienst nicht lauschen ({name_os_error(error)}). "
            "Läuft er schon? Bitte mit --port oder --host eine andere Adresse wählen."
        ) from error


def _attach_model(searcher: Searcher, settings: Settings) -> None:
    """Load the model and hand it to the running service; visitors learn that it is off, the log learns why."""
    from search_service.errors import KnowledgeBaseMissing

    embedder, reason = None, "Das Sprachmodell lässt sich nicht laden."
    with contextlib.suppress(KnowledgeBaseMissing):  # nothing is published yet
        searcher.prepare()
    try:
        # One thread: two gain a quarter on an idle machine and lose tenfold on a busy one (docs/decisions/0002).
        embedder, reason_for_operator = change_wissen_model.load_embedder(settings, threads=1)
    except Exception:  # whatever it is, search by words goes on
        logging.getLogger(__name__).exception("loading the model failed")
    else:
        if reason_for_operator:
            print(f"Hinweis: {reason_for_operator}", file=sys.stderr, flush=True)
    searcher.attach_embedder(embedder, None if embedder else f"{reason} Betreiber finden Abhilfe im Handbuch.")
