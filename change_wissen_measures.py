"""The command that measures how good the search is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import change_wissen_model
from change_wissen_exit import EXIT_DONE, EXIT_SOME_FAILED
from change_wissen_searcher import make_searcher

if TYPE_CHECKING:
    from evaluation.judgements import JudgedSet
    from evaluation.scoring import Answers, Ask, QualityReport
    from evaluation.sightings import Examine, Sighting
    from evaluation.variants import Variant
    from ingest.chunk import ChunkSizes
    from ingest.report import FileReport, Report
    from search_service.embedder import Embedder
    from search_service.knowledge_base.store import KnowledgeBase, Reader
    from search_service.searcher import Searcher
    from search_service.settings import Settings

GATED_SET = Path("corpus")  # what `evaluate --gate` measures when no set is named


@dataclass(frozen=True, slots=True)
class _Source:
    """One judged set as it lies on disk, whole or in part."""

    folder: Path
    judged: JudgedSet
    documents: tuple[Path, ...]  # those to take in, where the documents are files
    files: dict[str, Path]  # all that the set is made of, whole: documents, their metadata, queries, judgements


@dataclass(frozen=True, slots=True)
class _Measured:
    """What became of one set."""

    source: _Source
    report: QualityReport
    answers: Answers
    failed: tuple[FileReport, ...]  # documents that could not be taken in
    sightings: tuple[Sighting, ...] = ()  # where they were asked for


def run_evaluate(options: argparse.Namespace, settings: Settings) -> int:
    """Measure the quality of search on judged queries in throw-away knowledge bases."""
    from change_wissen_output import print_json, print_table
    from evaluation.quality import all_tables, overview_table
    from evaluation.quality_json import read_reports, to_json, write_reports
    from evaluation.variants import choose_variants
    from ingest.chunk import ChunkSizes
    from search_service.queries import Mode

    sources = _read_sources(options)
    _prepare_places(options)
    sizes = ChunkSizes() if options.words is None else ChunkSizes(options.words, overlap=options.words // 6)
    modes = tuple(map(Mode, options.mode or Mode))
    variants = choose_variants(modes, _switches(), ablation=options.ablation)
    embedder = None if modes == (Mode.LEXICAL,) else change_wissen_model.require_embedder(settings)

    def open_searcher(reader: Reader, off: str | None) -> Searcher:
        return _open_searcher(settings, reader, embedder, off)

    measured = [
        _measure(source, variants, embedder, sizes, open_searcher, sources if options.sightings else ()) for source in sources
    ]
    # Rounded as they are kept, so that tables, page and chart agree, and can be drawn again from the JSON.
    reports = read_reports(write_reports([each.report for each in measured]))
    if options.json:
        print_json(to_json(reports[0]) if len(reports) == 1 else [to_json(report) for report in reports])
    else:
        for table in (table for report in reports for table in all_tables(report)):
            print_table(table)
        if len(reports) > 1:
            print_table(overview_table(reports))
    _write_runs(options, measured)
    if options.sightings:
        from evaluation.sightings import write_sightings

        options.sightings.write_text(write_sightings([each for one in measured for each in one.sightings]), "utf-8")
    _write_page(options, reports)
    failed = [file for each in measured for file in each.failed]
    for file in failed:
        print(f"Nicht aufgenommen, fehlt in der Messung: {file.path}: {file.reason}", file=sys.stderr)
    passed = _pass_gate(options, measured)
    return EXIT_DONE if passed and not failed else EXIT_SOME_FAILED


def _read_sources(options: argparse.Namespace) -> list[_Source]:
    """Return the sets that are named, before anything takes long; raise InvalidSettings on usage that cannot be meant."""
    from search_service.errors import InvalidSettings

    gated = options.gate or options.renew_gate
    folders = options.folders or ([GATED_SET] if gated else [])
    if not folders:
        raise InvalidSettings(
            "Was soll gemessen werden? Bitte einen Ordner mit queries.jsonl und qrels.tsv nennen, "
            "z. B. „change-wissen evaluate corpus“."
        )
    if options.renew_gate and options.mode:
        raise InvalidSettings("Untergrenzen gelten für alle Sucharten zusammen. Bitte --renew-gate ohne --mode verwenden.")
    sources = [_read_source(folder, options.every) for folder in folders]
    names = [source.judged.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise InvalidSettings(
                f"Zwei Sätze heißen „{name}“. Bitte einen Ordner umbenennen oder in seiner meta.json einen „name“ angeben."
            )
    return sources


def _read_source(folder: Path, every: int) -> _Source:
    """Return the set in `folder`, or every n-th of its documents with the queries about them."""
    from evaluation.judgements import find_qrels, read_judged_set, select_part
    from ingest.sources import find_sidecar, locate, walk

    judged = read_judged_set(folder)
    files = [folder / "queries.jsonl", find_qrels(folder)]
    documents: list[Path] = []
    if judged.entries is None:
        documents = [offer.path for offer in walk([folder]) if offer.problem is None]
        files += [*documents, *(sidecar for path in documents if (sidecar := find_sidecar(path)))]
        names = [_judged_name(str(locate(path)), folder, is_file=True) for path in documents]
    else:
        files.append(folder / "corpus.jsonl")
        names = [entry.id for entry in judged.entries]
    if every > 1:
        judged = select_part(judged, set(names[::every]), f"{judged.name}:1/{every}")
    return _Source(folder, judged, tuple(documents[::every]), {path.relative_to(folder).as_posix(): path for path in files})


def _prepare_places(options: argparse.Namespace) -> None:
    """Make the folders that are to be written to, and refuse a file that cannot be used, before an hour of work."""
    from evaluation.gate import read_floors
    from search_service.errors import InvalidSettings, name_os_error

    for folder in (options.runs, options.write):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    for path in (options.chart, options.sightings, _floors_file(options) if options.renew_gate else None):
        if path is not None:
            try:
                path.open("a").close()
            except OSError as error:
                reason = name_os_error(error)
                raise InvalidSettings(f"{path} ist nicht schreibbar ({reason}). Bitte den Pfad prüfen.") from error
    if options.gate or options.renew_gate:
        read_floors(_floors_file(options))


def _floors_file(options: argparse.Namespace) -> Path:
    """Return the file with the floors: the one named, else the one beside the gate."""
    from evaluation import gate

    return options.floors or Path(gate.__file__).with_name("floors.toml")


def _measure(
    source: _Source,
    variants: Sequence[Variant],
    embedder: Embedder | None,
    sizes: ChunkSizes,
    open_searcher: Callable[[Reader, str | None], Searcher],
    asking: Sequence[_Source] = (),
) -> _Measured:
    """Take the documents in, ask all queries in all variants and report; gather sightings with the queries of `asking`."""
    import tempfile

    from change_wissen_output import track
    from evaluation.scoring import ask_all, report_quality
    from evaluation.sightings import gather_sightings
    from ingest.report import State
    from search_service.knowledge_base.store import KnowledgeBase, Reader

    judged = source.judged
    with tempfile.TemporaryDirectory(prefix="change-wissen-") as folder:
        root = Path(folder)
        with KnowledgeBase(root) as knowledge_base:
            report = _take_in(source, knowledge_base, embedder, sizes)
            locations = {document.id: document.location for document in knowledge_base.documents()}
        are_files = judged.entries is None
        names = {key: _judged_name(location, source.folder, are_files) for key, location in locations.items()}
        with track(f"Fragen: {judged.name}", len(judged.queries)) as advance:
            answers = ask_all(judged, _make_ask(partial(open_searcher, Reader(root)), names), variants, advance)
        seen: list[Sighting] = []
        if asking:
            others = [other.judged for other in asking if other is not source]
            seen += gather_sightings(judged, others, _make_examine(partial(open_searcher, Reader(root)), names))
    failed = tuple(file for file in report.files if file.state is State.FAILED)
    return _Measured(source, report_quality(judged, answers, len(names)), answers, failed, tuple(seen))


def _take_in(source: _Source, knowledge_base: KnowledgeBase, embedder: Embedder | None, sizes: ChunkSizes) -> Report:
    """Bring the documents of a set into an empty knowledge base."""
    from change_wissen_output import IngestProgress
    from ingest.pipeline import index_texts, ingest

    with IngestProgress() as progress:
        if source.judged.entries is None:
            return ingest(source.documents, knowledge_base, embedder=embedder, progress=progress, sizes=sizes)
        entries = ((entry.id, entry.title, entry.text) for entry in source.judged.entries)
        return index_texts(entries, knowledge_base, embedder=embedder, progress=progress, sizes=sizes)


def _make_ask(open_searcher: Callable[[str | None], Searcher], names: Mapping[str, str]) -> Ask:
    """Return a function that asks a query in a variant; `names` are the judgements' names of documents by id."""
    from evaluation.honesty import Answer
    from search_service.queries import MAX_QUERY_CHARACTERS, Query
    from search_service.relevance import estimate_relevance, fits

    searchers: dict[str | None, Searcher] = {}

    def ask(text: str, variant: Variant, limit: int) -> Answer:
        if variant.off not in searchers:
            searchers[variant.off] = open_searcher(variant.off)
        # A judged set may hold longer queries than a user may ask.
        query = Query(text[:MAX_QUERY_CHARACTERS], variant.mode, page_size=limit)
        documents, evidence = searchers[variant.off].rank(query)
        relevance = 0.0 if evidence is None else estimate_relevance(evidence)
        return Answer(tuple(names[each] for each in documents), relevance, evidence is not None and fits(evidence))

    return ask


def _make_examine(open_searcher: Callable[[str | None], Searcher], names: Mapping[str, str]) -> Examine:
    """Return a function that looks at the best hit of a question: of the shipped ranking, or of words alone."""
    from evaluation.sightings import BestHit
    from search_service.queries import MAX_QUERY_CHARACTERS, Filters, Mode, Query
    from search_service.relevance import Basis

    ids = {name: key for key, name in names.items()}
    searcher = open_searcher(None)

    def examine(text: str, left_out: Collection[str], ranking: Basis) -> BestHit | None:
        kept = tuple(key for name, key in ids.items() if name not in left_out) if left_out else ()
        mode = Mode.LEXICAL if ranking is Basis.WORDS else Mode.HYBRID
        query = Query(text[:MAX_QUERY_CHARACTERS], mode, Filters(documents=kept), page_size=1)
        documents, evidence = searcher.rank(query)
        return BestHit(names[documents[0]], evidence) if evidence else None

    return examine


def _switches() -> tuple[str, ...]:
    """Return the parts of the ranking that can be switched off."""
    from dataclasses import fields

    from search_service.ranking import Ranking

    return tuple(field.name for field in fields(Ranking))


def _open_searcher(settings: Settings, reader: Reader, embedder: Embedder | None, off: str | None) -> Searcher:
    """Return a searcher with the shipped ranking, or with one part of it switched off."""
    from dataclasses import replace

    from search_service.ranking import SHIPPED

    return make_searcher(settings, reader, embedder, ranking=SHIPPED if off is None else replace(SHIPPED, **{off: False}))


def _write_runs(options: argparse.Namespace, measured: Sequence[_Measured]) -> None:
    """Write one run file per set and variant where they were asked for."""
    from evaluation.runs import run_name, write_run

    for each in measured if options.runs is not None else ():
        for variant, answers in each.answers.items():
            rankings = {query: answer.documents for query, answer in answers.items()}
            (options.runs / run_name(each.report.set, variant)).write_text(write_run(rankings, variant), "utf-8")


def _write_page(options: argparse.Namespace, reports: Sequence[QualityReport]) -> None:
    """Write the chart, and the page with its chart and figures, where they were asked for."""
    from evaluation.chart import draw_chart
    from evaluation.quality_json import write_reports
    from evaluation.quality_page import CHART_NAME, JSON_NAME, PAGE_NAME, write_page

    if options.chart is not None:
        options.chart.write_text(draw_chart(reports), "utf-8")
    if options.write is not None:
        (options.write / JSON_NAME).write_text(write_reports(reports), "utf-8")
        (options.write / CHART_NAME).write_text(draw_chart(reports), "utf-8")
        (options.write / PAGE_NAME).write_text(write_page(reports), "utf-8")


def _pass_gate(options: argparse.Namespace, measured: Sequence[_Measured]) -> bool:
    """Check or renew the floors where that was asked for; return False, with the reasons told, if the gate stays shut."""
    from change_wissen_output import print_table
    from evaluation import gate

    path = _floors_file(options)
    if options.renew_gate:
        floors = {each.report.set: gate.pin_floors(each.report, gate.digest_files(each.source.files)) for each in measured}
        path.write_text(gate.write_floors(gate.read_floors(path) | floors), "utf-8")
        print(f"Untergrenzen neu festgelegt: {path}", file=sys.stderr)
    if not options.gate:
        return True
    pinned = gate.read_floors(path)
    verdict = gate.join_verdicts(
        [gate.check_set(each.report, gate.digest_files(each.source.files), pinned.get(each.report.set)) for each in measured]
    )
    if not options.json:
        print_table(gate.gate_table(verdict))
    for complaint in verdict.complaints:
        print(complaint, file=sys.stderr)
    return not verdict.complaints


def _judged_name(location: str, folder: Path, is_file: bool) -> str:
    """Return the name by which judgements call a document: its path relative to the folder, or the entry's `_id`."""
    from ingest.sources import locate

    return Path(location).relative_to(locate(folder)).as_posix() if is_file else location
