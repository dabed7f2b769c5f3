"""The command that measures how fast the search is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_exit import EXIT_DONE
from change_wissen_searcher import make_searcher

if TYPE_CHECKING:
    from search_service.knowledge_base.store import Reader
    from search_service.settings import Settings


def run_latency(options: argparse.Namespace, settings: Settings) -> int:
    """Measure how long a hybrid search takes, one query after the other."""
    import tempfile

    from search_service.knowledge_base.store import Reader

    reader = Reader(change_wissen_model.find_kb_folder(options, settings))
    if options.replicate is None:
        return _report_latency(options, settings, reader)
    with tempfile.TemporaryDirectory(prefix="change-wissen-") as folder:
        _replicate(reader, options.replicate, Path(folder))
        return _report_latency(options, settings, Reader(Path(folder)))


def _replicate(reader: Reader, passages: int, root: Path) -> None:
    """Publish the knowledge base, multiplied, under `root`, and tell what it takes; raise InvalidSettings without vectors."""
    from evaluation.replication import replicate, write_replica
    from search_service.errors import InvalidSettings

    generation, _ = reader.current()
    model = generation.manifest.model
    if model is None or not generation.manifest.passages:
        raise InvalidSettings(
            "Vervielfältigen geht nur mit Vektoren. Bitte zuerst „change-wissen ingest“ mit Modell ausführen."
        )
    replica = replicate(generation, passages)
    size = write_replica(replica, model, root) / len(replica.passages)
    print(
        f"{len(replica.passages)} Textstellen, {size / 1000:.1f} KB je Textstelle im Suchindex".replace(".", ","),
        file=sys.stderr,
    )


def _report_latency(options: argparse.Namespace, settings: Settings, reader: Reader) -> int:
    from dataclasses import asdict

    from change_wissen_output import print_json
    from evaluation.judgements import read_queries
    from evaluation.latency import measure_latency, report_lines
    from search_service.queries import Query

    texts = [query.text for query in read_queries(options.queries)]
    searcher = make_searcher(settings, reader, change_wissen_model.require_embedder(settings))
    searcher.prepare()
    report = measure_latency(lambda text: searcher.search(Query(text)).seconds, texts, options.limit)
    if options.json:
        print_json(asdict(report))
    else:
        print("\n".join(report_lines(report)))
    return EXIT_DONE
