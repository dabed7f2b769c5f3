"""What becomes of every file of a folder that the confined process reads: one row a file, and what a run may claim."""

from __future__ import annotations

import csv
import resource
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import fmean

from evaluation.latency import read_peak_rss
from evaluation.quality import Table
from ingest.blocks import Block, BlockKind, Extraction
from ingest.confined import CRASHED, ConfinedExtractor
from ingest.limits import Limits
from search_service.errors import ChangeWissenError, NothingToIndex

NO_FILES = ("MANIFEST.tsv", "README.md")
# What the manifest says of files that hold no readable text: pictures, locked with a password, cut off.
WITHOUT_TEXT = ("NO/LITTLE TEXT LAYER", "no text", "user password", "must be rejected", "broken upload")
PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
PEAK_ALLOWED = 500  # MB, of the parent
LABELS = {"page_labels": "PageLabels", "print": "Druck", "sheet": "Blattname"}


class Outcome(StrEnum):
    """The one state a file ends in."""

    READ = "gelesen"
    EMPTY = "ohne Text"
    UNREADABLE = "nicht lesbar"


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file."""

    name: str
    outcome: Outcome
    reason: str | None  # German; None if it was read
    seconds: float
    pages: int | None
    kinds: Mapping[str, int]  # kind of block -> number
    labels: Mapping[str, int]  # source of the page label -> number of pages that have it
    confidence: float | None  # mean over the labelled pages; None without
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilesReport:
    """A run over a folder."""

    files: tuple[FileResult, ...]
    peak_parent: int | None  # bytes; None where the system does not tell
    peak_child: int  # bytes, of the largest reading process
    without_text: frozenset[str]  # files of which the manifest says so

    @property
    def expected(self) -> tuple[FileResult, ...]:
        """Return the files that hold text."""
        return tuple(file for file in self.files if file.name not in self.without_text)

    @property
    def read_share(self) -> float:
        """Return the share of the files with text that were read; 1 without such files."""
        return fmean(file.outcome is Outcome.READ for file in self.expected) if self.expected else 1.0

    @property
    def crashes(self) -> int:
        """Return how many files brought their reading process down."""
        return sum(file.reason == CRASHED for file in self.files)


def find_files(folder: Path) -> list[Path]:
    """Return all files below a folder by name, without manifests."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in NO_FILES)


def read_without_text(folder: Path) -> frozenset[str]:
    """Return the names, relative to the folder, of the files that its manifest describes as without readable text."""
    manifest = folder / "MANIFEST.tsv"
    if not manifest.exists():
        return frozenset()
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return frozenset(
        row["file"]
        for row in rows
        if any(said in (row.get("interesting") or "") for said in WITHOUT_TEXT) or row["file"].lower().endswith(PICTURES)
    )


def read_folder(folder: Path, limits: Limits, progress: Callable[[FileResult], None] | None = None) -> FilesReport:
    """Read every file of a folder, one after the other, in a confined process."""
    results = []
    with ConfinedExtractor(limits) as extractor:
        for path in find_files(folder):
            results.append(_read_one(extractor, path, path.relative_to(folder).as_posix()))
            if progress is not None:
                progress(results[-1])
    peak_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return FilesReport(tuple(results), read_peak_rss(), peak_child, read_without_text(folder))


def _read_one(extractor: ConfinedExtractor, path: Path, name: str) -> FileResult:
    start = time.perf_counter()
    try:
        return describe(name, extractor.extract(path), time.perf_counter() - start)
    except ChangeWissenError as error:
        outcome = Outcome.EMPTY if isinstance(error, NothingToIndex) else Outcome.UNREADABLE
        return FileResult(name, outcome, str(error), time.perf_counter() - start, None, {}, {}, None, ())


def describe(name: str, extraction: Extraction, seconds: float) -> FileResult:
    """Return what a reading gave."""
    labelled: dict[int | None, Block] = {block.page: block for block in extraction.blocks if block.label is not None}
    sources = Counter(block.label_source or "?" for block in labelled.values())
    confidences = [block.label_confidence for block in labelled.values() if block.label_confidence is not None]
    kinds = Counter(block.kind.value for block in extraction.blocks)
    mean = fmean(confidences) if confidences else None
    return FileResult(
        name, Outcome.READ, None, seconds, extraction.page_count, dict(kinds), dict(sources), mean, extraction.notices
    )


def files_table(report: FilesReport) -> Table:
    """Return one row per file with what was found in it."""
    return Table(
        heading=f"{len(report.files)} Dateien",
        columns=(
            "Datei",
            "Zustand",
            "Seiten",
            "Überschr.",
            "Absätze",
            "Listen",
            "Tabellen",
            "Fußnoten",
            "Seitenzahlen",
            "Seiten/s",
        ),
        rows=tuple(_row(file) for file in report.files),
        remarks=(
            *(f"{file.name}: {file.reason or ' '.join(file.notices)}" for file in report.files if file.reason or file.notices),
            f"Gelesen: {decimal(report.read_share * 100)} % der {len(report.expected)} Dateien mit Text (verlangt: 95 %).",
            *summary_lines(report),
        ),
    )


def reasons_table(report: FilesReport) -> Table:
    """Return one row per file with its reason."""
    rows = tuple(
        (file.name, file.outcome.value, decimal(file.seconds), file.reason or " ".join(file.notices) or "–")
        for file in report.files
    )
    return Table(f"{len(report.files)} Dateien", ("Datei", "Zustand", "Sekunden", "Grund"), rows, summary_lines(report))


def summary_lines(report: FilesReport) -> tuple[str, ...]:
    """Return what the run may claim, in German."""
    totals = Counter(file.outcome for file in report.files)
    lines = [
        ", ".join(f"{totals[outcome]} {outcome.value}" for outcome in Outcome)
        + f"; Abstürze des Leseprozesses: {report.crashes}.",
    ]
    if report.files:
        longest = max(report.files, key=lambda file: file.seconds)
        lines.append(f"Am längsten dauerte „{longest.name}“: {decimal(longest.seconds)} Sekunden.")
    if report.peak_parent is not None:
        lines.append(
            f"Arbeitsspeicher höchstens: {report.peak_parent / 2**20:.0f} MB im aufrufenden Prozess "
            f"(erlaubt: {PEAK_ALLOWED} MB), {report.peak_child / 2**20:.0f} MB im Leseprozess."
        )
    return tuple(lines)


def _row(file: FileResult) -> tuple[str, ...]:
    count = file.kinds.get
    labels = ", ".join(f"{LABELS.get(source, source)} {number}" for source, number in file.labels.items())
    if file.confidence is not None:
        labels += f" ({decimal(file.confidence, 2)})"
    return (
        file.name,
        file.outcome.value,
        "–" if file.pages is None else str(file.pages),
        *(str(count(kind.value, 0)) for kind in (BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE)),
        str(count(BlockKind.FOOTNOTE.value, 0)),
        labels or "–",
        "–" if not file.pages else decimal(file.pages / file.seconds),
    )


def decimal(value: float, digits: int = 1) -> str:
    """Return a number with a decimal comma."""
    return f"{value:.{digits}f}".replace(".", ",")
