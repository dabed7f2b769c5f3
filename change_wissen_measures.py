"""The commands that measure the search."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_exit import EXIT_DONE, EXIT_SOME_FAILED

if TYPE_CHECKING:
    from search_service.queries import Mode
    from search_service.settings import Settings


def run_evaluate(options: argparse.Namespace, settings: Settings) -> int:
    """Measure the quality of search on judged queries in a throw-away knowledge base."""
    import tempfile

    from change_wissen_output import IngestProgress, print_json, print_table, track
    from evaluation.judgements import read_judged_set
    from evaluation.quality import evaluate, kinds_table, quality_table, to_json
    from ingest.chunk import ChunkSizes
    from ingest.pipeline import index_texts, ingest
    from ingest.report import State
    from search_service.knowledge_base.store import KnowledgeBase, Reader
    from search_service.queries import MAX_QUERY_CHARACTERS, Mode, Query
    from search_service.searcher import Searcher

    judged = read_judged_set(options.folder)
    sizes = ChunkSizes() if options.words is None else ChunkSizes(options.words, overlap=options.words // 6)
    modes = tuple(map(Mode, options.mode or ("lexical", "semantic", "hybrid")))
    embedder = None if modes == (Mode.LEXICAL,) else change_wissen_model.require_embedder(settings)
    with tempfile.TemporaryDirectory(prefix="change-wissen-") as folder:
        root = Path(folder)
        with KnowledgeBase(root) as knowledge_base, IngestProgress() as progress:
            if judged.entries is None:
                report = ingest([options.folder], knowledge_base, embedder=embedder, progress=progress, sizes=sizes)
            else:
                entries = ((entry.id, entry.title, entry.text) for entry in judged.entries)
                report = index_texts(entries, knowledge_base, embedder=embedder, progress=progress, sizes=sizes)
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
    searcher = Searcher(
        Reader(change_wissen_model.find_kb_folder(options, settings)), change_wissen_model.require_embedder(settings)
    )
    report = measure_latency(lambda text: searcher.search(Query(text)).seconds, texts, options.limit)
    if options.json:
        print_json(asdict(report))
    else:
        print("\n".join(report_lines(report)))
    return EXIT_DONE


def _judged_name(location: str, folder: Path, is_file: bool) -> str:
    """Return the name by which judgements call a document: its path relative to the folder, or the entry's `_id`."""
    from ingest.sources import locate

    return Path(location).relative_to(locate(folder)).as_posix() if is_file else location
