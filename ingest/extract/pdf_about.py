"""What a PDF says about itself: page labels, properties and the names of glyphs by pypdf, the outline by PDFium."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pypdf
import pypdfium2 as pdfium
from pypdf.generic import ArrayObject, DictionaryObject, NullObject, StreamObject

from ingest.clean import clean
from ingest.extract.glyph_names import Spellings, merge_fonts, read_built_in, read_differences
from ingest.extract.headings import normalise_title
from ingest.limits import Limits

log = logging.getLogger(__name__)
MAX_OUTLINE = 5000
MAX_DEPTH = 3  # forms inside forms whose fonts are read
MAX_FORMS = 200  # of one page


@dataclass(frozen=True, slots=True)
class About:
    """What was readable; the rest is empty."""

    labels: list[str] | None = None  # one per page, "" for none; None if the file has no labels
    properties: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


def read_about(path: Path, count: int, limits: Limits, password: str | None = None) -> About:
    """Return labels and properties of a PDF of `count` pages; what pypdf cannot read is left out.

    pypdf raises nearly any exception on damaged files (see its issue tracker), hence the wide net: this is an extra, PDFium
    has the text already.
    """
    with pypdf.apply_configuration(zlib_maximum_output_length=limits.inflated_bytes):
        reader = _open(path, password)
        return About(_read_labels(reader, count), _read_properties(reader)) if reader else About()


def _open(path: Path, password: str | None) -> pypdf.PdfReader | None:
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted:
            reader.decrypt(password or "")
    except Exception as error:
        log.info("pypdf cannot open the file: %s", type(error).__name__)
        return None
    return reader


def open_names(path: Path, limits: Limits, password: str | None = None) -> Callable[[int], Spellings]:
    """Return a function that gives, by a page's index, what the names of its fonts' glyphs spell; empty if unreadable.

    The file is opened when a page is first asked for.
    """
    readers: list[pypdf.PdfReader | None] = []

    def read_names(index: int) -> Spellings:
        with pypdf.apply_configuration(zlib_maximum_output_length=limits.inflated_bytes):
            if not readers:
                readers.append(_open(path, password))
            reader = readers[0]
            if reader is None:
                return {}
            try:
                return merge_fonts(_read_fonts(reader.pages[index]))
            except Exception as error:
                log.info("fonts of page %d unreadable: %s", index + 1, type(error).__name__)
                return {}

    return read_names


def _read_fonts(page: DictionaryObject) -> Iterator[tuple[str, Mapping[int, str]]]:
    """Yield name and spellings of the fonts of a page and of the forms on it."""
    holders = [(page, 0)]
    for number, (holder, depth) in enumerate(holders):
        resources = _look_up(holder, "/Resources")
        for name in (fonts := _look_up(resources, "/Font")):
            font = _look_up(fonts, name)
            yield str(font.get("/BaseFont", NullObject()).get_object()), _read_spellings(font)
        if depth == MAX_DEPTH or number >= MAX_FORMS:
            continue
        pictures = _look_up(resources, "/XObject")
        forms = [picture for name in pictures if (picture := _look_up(pictures, name)).get("/Subtype") == "/Form"]
        holders.extend((form, depth + 1) for form in forms[: MAX_FORMS - number])


def _read_spellings(font: DictionaryObject) -> dict[int, str]:
    """Return what the names say that the font gives its glyphs at control codes; the PDF's own names go first."""
    encoding = _look_up(font, "/Encoding")
    differences = encoding.get("/Differences", NullObject()).get_object()
    entries = differences if isinstance(differences, ArrayObject) else ArrayObject()
    program = _look_up(_look_up(font, "/FontDescriptor"), "/FontFile")
    built_in = read_built_in(program.get_data()) if isinstance(program, StreamObject) else {}
    return built_in | read_differences(entries)


def _look_up(holder: DictionaryObject, key: str) -> DictionaryObject:
    """Return a dictionary in another one, an empty one for anything else."""
    found = holder.get(key, NullObject()).get_object()
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def read_outline(document: pdfium.PdfDocument) -> dict[str, int]:
    """Return title as `normalise_title` gives it -> level, 1 is outermost.

    PDFium gives what pypdf gives on 80 real and hostile files, in a thirtieth of the time: pypdf looks up each entry's target.
    """
    outline: dict[str, int] = {}
    for entry in islice(document.get_toc(), MAX_OUTLINE):
        if title := clean(entry.get_title()):
            outline.setdefault(normalise_title(title), entry.level + 1)
    return outline


def _read_labels(reader: pypdf.PdfReader, count: int) -> list[str] | None:
    try:
        if "/PageLabels" not in reader.root_object:
            return None
        labels = [clean(label) for label in reader.page_labels]
    except Exception as error:
        log.info("page labels unreadable: %s", type(error).__name__)
        return None
    return labels if len(labels) == count and any(labels) else None


def _read_properties(reader: pypdf.PdfReader) -> dict[str, str | tuple[str, ...]]:
    properties: dict[str, str | tuple[str, ...]] = {}
    try:
        info = reader.metadata
        if info is not None:
            for key, value in (("title", info.title), ("authors", info.author)):
                if value and clean(str(value)):
                    properties[key] = clean(str(value))
            if info.creation_date is not None:
                properties["created"] = info.creation_date.date().isoformat()
        if language := reader.root_object.get("/Lang"):
            properties["language"] = clean(str(language))
    except Exception as error:
        log.info("properties unreadable: %s", type(error).__name__)
    return properties
