"""Pages a second over PDFs, with one and more reading processes, beside PDFium's own text call in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pypdfium2 as pdfium

from evaluation.extraction.files import decimal, find_files, read_without_text
from evaluation.quality import Table
from ingest.blocks import Extraction
from ingest.limits import Limits
from ingest.pool import ExtractorPool

REPEATS = 3
WANTED = 100.0  # pages a second with two processes


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """Pages a second, one value a repetition."""

    files: int
    pages: int
    plain: Sequence[float]  # PDFium alone: open the page, take all its text
    processes: Mapping[int, Sequence[float]] = field(default_factory=dict)  # number of processes -> values


def find_pdfs(folder: Path) -> list[Path]:
    """Return the PDFs below a folder that hold text; the others would measure text recognition."""
    without = read_without_text(folder)
    return [
        path
        for path in find_files(folder)
        if path.suffix.lower() == ".pdf" and path.relative_to(folder).as_posix() not in without
    ]


def measure_speed(
    pdfs: Sequence[Path], limits: Limits, processes: Sequence[int] = (1, 2), repeats: int = REPEATS
) -> SpeedReport:
    """Read all PDFs `repeats` times in every way, the ways taking turns so that a busy machine hits all alike.

    Starting the processes does not count: each reads the first PDF before the clock runs. Files that cannot be read count
    with their time and without pages.
    """
    plain: list[float] = []
    by_processes: dict[int, list[float]] = {count: [] for count in processes}
    pages = 0
    for _ in range(repeats):
        pages, rate = _rate(lambda: sum(map(read_plain, pdfs)))
        plain.append(rate)
        for count in processes:
            with ExtractorPool(limits, count) as pool:
                list(pool.extract_all([pdfs[0]] * count))
                by_processes[count].append(_rate(lambda pool=pool: _read_all(pool, pdfs))[1])  # type: ignore[misc]  # bound at once
    return SpeedReport(len(pdfs), pages, plain, by_processes)


def read_plain(path: Path) -> int:
    """Take the text of every page with PDFium's own call and return their number, 0 if the file cannot be opened."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return 0
    try:
        for page in document:
            page.get_textpage().get_text_range()
            page.close()
        return len(document)
    finally:
        document.close()


def speed_table(report: SpeedReport) -> Table:
    """Return medians and their ratio to plain PDFium."""
    rows = [("PDFium allein (get_text_range)", decimal(median(report.plain)), "1,00")]
    for count, rates in report.processes.items():
        name = "1 Leseprozess" if count == 1 else f"{count} Leseprozesse"
        rows.append((name, decimal(median(rates)), decimal(median(rates) / median(report.plain), 2)))
    remark = f"Median von {len(report.plain)} Läufen; verlangt sind {WANTED:.0f} Seiten/s mit zwei Prozessen."
    return Table(
        f"{report.files} PDF-Dateien, {report.pages} Seiten", ("Weg", "Seiten/s", "Verhältnis"), tuple(rows), (remark,)
    )


def _read_all(pool: ExtractorPool, pdfs: Sequence[Path]) -> int:
    return sum(given.page_count or 0 for _, given in pool.extract_all(pdfs) if isinstance(given, Extraction))


def _rate(read: Callable[[], int]) -> tuple[int, float]:
    start = time.perf_counter()
    pages = read()
    return pages, pages / (time.perf_counter() - start)
