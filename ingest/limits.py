"""What one file may cost before it is given up."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024
TOO_MUCH_TEXT = "Die Datei gibt mehr Text her, als eine Datei haben darf. Bitte in kleinere Dateien teilen."


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for reading one file in the confined process.

    A page read by text recognition adds its own seconds to those of the file, so the longest a file can take is
    `seconds + ocr_pages * ocr_seconds_per_page`.
    """

    seconds: float = 120.0  # wall time; the slowest of 150 real PDFs needed 6 s on one busy core
    cpu_seconds: int = 90
    memory_bytes: int = 1536 * MEGABYTE  # address space; imports alone map about 400 MB
    file_bytes: int = 500 * MEGABYTE
    pages: int = 5000
    text_characters: int = 20_000_000  # a 1000-page book has about 3 million
    blocks: int = 200_000  # paragraphs, headings, tables, ...; the largest of the real books has some 20,000
    reply_bytes: int = 100 * MEGABYTE
    files_per_process: int = 50  # a leak in a C library then costs at most this many files' worth
    archive_entries: int = 2000
    archive_bytes: int = 200 * MEGABYTE  # unpacked, all entries together
    archive_ratio: int = 100  # unpacked : packed, of entries above one megabyte
    inflated_bytes: int = 20_000_000  # one stream inside a PDF
    ocr_pages: int = 400  # of one file; the pages after them are reported as not read
    ocr_seconds_per_page: float = 30.0  # wall time; 3 s are usual (docs/decisions/0005-texterkennung.md)
    image_pixels: int = 80_000_000  # one image, unpacked; A3 at 600 dpi has 70 million
    open_files: int = 64
    processes: int = 16  # that the confined process may have at a time; text recognition runs as one of its own


DEFAULT_LIMITS = Limits()
