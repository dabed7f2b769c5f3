"""PDF to blocks: opens the file, reads page by page, and hands pages without usable text layer to text recognition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

from ingest.blocks import Extraction
from ingest.extract.glyph_names import Spellings
from ingest.extract.legible import agree, is_legible
from ingest.extract.ocr import CURE, OcrPage, PageReader
from ingest.extract.pages import build_pages, compose_pages, name_pages
from ingest.extract.pdf_about import open_names, read_about, read_outline
from ingest.extract.pdf_objects import is_scan
from ingest.extract.pdf_words import MIN_CHARACTERS, PageWords, read_page
from ingest.formats import PDF
from ingest.limits import Limits
from search_service.errors import NothingToIndex, ProtectedDocument, UnreadableDocument

__all__ = ["build_pages", "extract_pdf"]
PROTECTED = (
    "Das PDF ist mit einem Passwort geschützt. Bitte das Passwort mit --password-file nennen oder ohne Passwort speichern "
    "und neu ablegen."
)
NOT_THIS_ONE = (
    "Das Passwort öffnet das PDF nicht. Bitte das richtige mit --password-file nennen oder das PDF ohne Passwort speichern "
    "und neu ablegen."
)
DAMAGED = "Das PDF ist beschädigt und lässt sich nicht öffnen. Bitte das Original neu als PDF speichern."
TOO_MUCH = "Das PDF enthält mehr Text, als eine Datei haben darf. Bitte in kleinere Dateien teilen."
NOTHING_READ = "Texterkennung fand keinen lesbaren Text"
READING_DPI = 300  # what tesseract's models were trained on
MAX_PIXELS = 40_000_000  # A2 at 300 dpi has 35 million; a larger page is rendered coarser
MIN_SURE = 0.6  # mean confidence; of words below it 3 in 10 are wrong or worse (docs/decisions/0005)
EMPTY = PageWords([], [], 0.0, 0.0, 0, has_picture=True)


@dataclass(slots=True)
class _Reading:
    """What happened to the pages; numbers are 1-based."""

    pages: list[PageWords] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)  # something is drawn, nothing can be read
    garbled: list[int] = field(default_factory=list)  # there is a text layer, and it is none
    recognised: dict[int, float] = field(default_factory=dict)  # page -> confidence
    problems: dict[int, str] = field(default_factory=dict)  # page -> why text recognition failed
    replaced: list[int] = field(default_factory=list)  # scans whose text layer says something else than the picture
    unchecked: list[int] = field(default_factory=list)  # scans whose text layer was not compared with the picture
    unnamed: list[int] = field(default_factory=list)  # some letters are missing: nothing says what their glyphs spell


def extract_pdf(path: Path, limits: Limits, password: str | None = None, ocr: PageReader | None = None) -> Extraction:
    """Return the blocks of a PDF; pages without usable text layer are read by `ocr` if it is handed in.

    UnreadableDocument for a damaged, too large or locked file, NothingToIndex if no page gives words.
    """
    with _open(path, password) as document:
        reading = _read_pages(document, limits, ocr, open_names(path, limits, password))
        outline = read_outline(document)
    if all(_lacks_words(page) for page in reading.pages):
        raise NothingToIndex(_explain_nothing(reading))
    about = read_about(path, len(reading.pages), limits, password)
    composed = compose_pages(reading.pages, about.labels, outline)
    notices = (*_describe(reading), *_describe_layers(reading, ocr is not None), *composed.notices)
    return Extraction(PDF, len(reading.pages), tuple(composed.blocks), about.properties, notices=notices)


@contextmanager
def _open(path: Path, password: str | None) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(path, password=password)
    except pdfium.PdfiumError as error:
        if pdfium_raw.FPDF_GetLastError() != pdfium_raw.FPDF_ERR_PASSWORD:
            raise UnreadableDocument(DAMAGED) from error
        raise ProtectedDocument(NOT_THIS_ONE if password else PROTECTED) from error
    try:
        yield document
    finally:
        document.close()


def _read_pages(
    document: pdfium.PdfDocument, limits: Limits, ocr: PageReader | None, read_names: Callable[[int], Spellings]
) -> _Reading:
    count = len(document)
    if count == 0:
        raise UnreadableDocument(DAMAGED)
    if count > limits.pages:
        raise UnreadableDocument(f"Das PDF hat {count} Seiten; gelesen werden höchstens {limits.pages}. Bitte teilen.")
    if document.get_formtype() == pdfium_raw.FORMTYPE_ACRO_FORM:
        document.init_forms()
    reading = _Reading()
    characters = 0
    for index in range(count):
        page = _read_one(document, index, reading, ocr, read_names)
        reading.pages.append(page)
        characters += page.characters
        if characters > limits.text_characters:
            raise UnreadableDocument(TOO_MUCH)
    return reading


def _read_one(
    document: pdfium.PdfDocument,
    index: int,
    reading: _Reading,
    ocr: PageReader | None,
    read_names: Callable[[int], Spellings],
) -> PageWords:
    """A page that cannot be loaded counts as one without text, so that the rest of the document is kept."""
    try:
        page = document[index]
    except pdfium.PdfiumError:
        reading.blank.append(index + 1)
        return EMPTY
    try:
        words = read_page(page, document.formenv, partial(read_names, index))
        judged = _judge(words, page, index + 1, reading, ocr)
        if judged.unnamed and judged.words:
            reading.unnamed.append(index + 1)
        return judged
    except pdfium.PdfiumError:
        reading.blank.append(index + 1)
        return EMPTY
    finally:
        page.close()


def _judge(words: PageWords, page: pdfium.PdfPage, number: int, reading: _Reading, ocr: PageReader | None) -> PageWords:
    """Return the words of a page, recognised ones if its text layer is missing, spells nothing or belongs to another page."""
    garbled = not is_legible(word.text for word in words.words)
    if not garbled and not (words.has_picture and _lacks_words(words)):
        return _check_layer(words, page, number, reading, ocr) if is_scan(page) else words
    if garbled:
        reading.garbled.append(number)
        words = replace(words, words=[], turned=())
    found = ocr(*_render(page)) if ocr is not None else None
    if found is not None and found.words:
        reading.recognised[number] = found.confidence
        return _as_words(found)
    if found is not None:
        reading.problems[number] = found.problem or NOTHING_READ
    if not garbled:
        reading.blank.append(number)
    return words


def _check_layer(words: PageWords, page: pdfium.PdfPage, number: int, reading: _Reading, ocr: PageReader | None) -> PageWords:
    """Return a scan's words, recognised ones if its text layer is not what the picture shows.

    What was not read with certainty proves nothing against the layer: handwriting, old print.
    """
    found = ocr(*_render(page)) if ocr is not None else None
    seen = [word.text for word in found.words] if found is not None else []
    layer = [word.text for word in (*words.words, *(word for part in words.turned for word in part.words))]
    if seen and agree(layer, seen):
        return words
    if found is None or found.confidence < MIN_SURE or not is_legible(seen):
        reading.unchecked.append(number)
        return words
    reading.recognised[number] = found.confidence
    reading.replaced.append(number)
    return _as_words(found)


def _render(page: pdfium.PdfPage) -> tuple[pdfium.PIL_Image, int]:
    """Return the page as a picture, as displayed, and its dots per inch."""
    width, height = page.get_size()
    dpi = READING_DPI
    if width * height * (dpi / 72) ** 2 > MAX_PIXELS:
        dpi = max(int(72 * (MAX_PIXELS / (width * height)) ** 0.5), 1)
    return page.render(scale=dpi / 72, grayscale=True).to_pil(), dpi


def _as_words(found: OcrPage) -> PageWords:
    characters = sum(len(word.text) for word in found.words)
    return PageWords(found.words, [], found.width, found.height, characters, has_picture=False, facing=found.turned)


def _lacks_words(page: PageWords) -> bool:
    letters = 0
    for word in (*page.words, *(word for part in page.turned for word in part.words)):
        letters += sum(map(str.isalnum, word.text))
        if letters >= MIN_CHARACTERS:
            return False
    return True


def _explain_nothing(reading: _Reading) -> str:
    missing = sorted({*reading.blank, *reading.garbled, *reading.recognised})
    if not missing:
        return "Das PDF enthält keinen Text und kein Bild, nur leere Seiten."
    number = f"{len(missing)} {'Seite' if len(missing) == 1 else 'Seiten'}"
    if reading.problems:
        reason = next(iter(reading.problems.values()))
        return f"{number} ohne Textebene; die Texterkennung ist gescheitert ({reason}). Bitte besser scannen und neu ablegen."
    what = "ohne brauchbare Textebene" if reading.garbled else "ohne Textebene"
    return f"{number} {what}, OCR nötig. {CURE}"


def _describe(reading: _Reading) -> Iterator[str]:
    """Yield what the report should say about pages whose text layer was missing or useless."""
    if unread := [number for number in reading.blank if number not in reading.problems]:
        yield _say(
            unread, "ohne Textebene und wurde nicht gelesen, OCR nötig", "ohne Textebene wurden nicht gelesen, OCR nötig"
        )
    if useless := [n for n in reading.garbled if n not in reading.recognised and n not in reading.problems]:
        yield _say(
            useless,
            "mit unbrauchbarer Textebene (keine lesbaren Wörter) und wurde nicht gelesen, OCR nötig",
            "mit unbrauchbarer Textebene (keine lesbaren Wörter) wurden nicht gelesen, OCR nötig",
        )
    if reading.problems:
        reasons = ", ".join(dict.fromkeys(reading.problems.values()))
        yield _say(sorted(reading.problems), f"nicht gelesen ({reasons})", f"nicht gelesen ({reasons})")
    if reading.recognised:
        sure = sum(reading.recognised.values()) / len(reading.recognised)
        count = len(reading.recognised)
        yield (
            f"{count} {'Seite' if count == 1 else 'Seiten'} per Texterkennung gelesen "
            f"(mittlere Sicherheit {100 * sure:.0f} %): {name_pages(sorted(reading.recognised))}."
        )


def _describe_layers(reading: _Reading, has_ocr: bool) -> Iterator[str]:
    """Yield what the report should say about text layers that were read but are not sound, or may not be."""
    if reading.replaced:
        where = _name(reading.replaced)
        yield f"{where}: Die Textebene des Scans weicht vom Bild ab; gelesen wurde per Texterkennung."
    if reading.unchecked:
        cure = "Bitte die Stellen mit dem Bild vergleichen." if has_ocr else CURE
        yield f"Textebene eines Scans, ungeprüft: {_name(reading.unchecked)}. {cure}"
    if reading.unnamed:
        yield (
            f"{_name(reading.unnamed)}: Einzelne Zeichen (oft Ligaturen wie „fi“) benennt die Schrift nicht; sie stehen als "
            "\ufffd im Text. Bitte das PDF aus dem Original neu erzeugen."
        )


def _name(numbers: Sequence[int]) -> str:
    return f"{'Seite' if len(numbers) == 1 else 'Seiten'} {name_pages(numbers)}"


def _say(numbers: Sequence[int], one: str, many: str) -> str:
    if len(numbers) == 1:
        return f"Seite {numbers[0]} ist {one}."
    return f"{len(numbers)} Seiten {many}: {name_pages(numbers)}."
