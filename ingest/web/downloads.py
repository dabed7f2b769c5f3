"""What a fetched answer is kept as: the ending of its file and its bytes. Pure."""

from __future__ import annotations

import codecs
import re
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import unquote

from ingest.formats import EXTENSIONS, HTML, MARKDOWN, PDF, READABLE, TEXT
from ingest.web.bodies import FetchFailed
from ingest.web.fetch import Answer
from search_service.errors import NothingToIndex

# Types that say nothing: the name decides.
VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/force-download", "application/download"})
OTHER_NAMES = {
    "application/x-pdf": PDF,
    "application/acrobat": PDF,
    "application/xhtml+xml": HTML,
    "text/x-markdown": MARKDOWN,
    "text/rtf": "application/rtf",
}
TEXTS = frozenset({HTML, MARKDOWN, TEXT})
FILE_NAME = re.compile(r"filename\*?\s*=\s*(?:[\w-]+'[\w-]*')?\"?([^\";]+)", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def choose_ending(answer: Answer) -> str:
    """Return the ending, such as ".pdf", under which ingest will read the answer for what it is.

    Raises NothingToIndex if its format is not read, FetchFailed if it is empty or a PDF by name only: behind a link to a
    PDF often stands a page that asks to log in.
    """
    if not answer.body:
        raise FetchFailed("Die Antwort ist leer (0 Byte). Bitte die Adresse prüfen.")
    if b"%PDF-" in answer.body[:1024]:
        return ".pdf"
    named = PurePosixPath(_find_name(answer)).suffix.lower()
    media_type = OTHER_NAMES.get(answer.media_type, answer.media_type)
    if media_type in VAGUE or (media_type == TEXT and EXTENSIONS.get(named) == MARKDOWN):
        media_type = EXTENSIONS.get(named, media_type)
    if media_type == PDF or (named == ".pdf" and media_type == HTML):
        raise FetchFailed("Unter der Adresse liegt kein PDF, sondern etwas anderes (etwa eine Anmeldeseite). Bitte prüfen.")
    if EXTENSIONS.get(named) == media_type:
        return named
    for ending, known in EXTENSIONS.items():
        if known == media_type:
            return ending
    shown = media_type or "ohne Angabe"
    raise NothingToIndex(f"Das Format der Antwort ({shown}) wird nicht gelesen. {READABLE}")


def is_page(answer: Answer) -> bool:
    """Tell whether the answer is a web page rather than a document in a file."""
    is_html = OTHER_NAMES.get(answer.media_type, answer.media_type) == HTML  # an answer 304 may say so of its own nothing
    return answer.status == HTTPStatus.OK and is_html and b"%PDF-" not in answer.body[:1024]


def keep_charset(answer: Answer, ending: str) -> bytes:
    """Return the body; a text whose encoding only the header names is turned into UTF-8, since a file has no header."""
    if EXTENSIONS.get(ending) not in TEXTS or (match := CHARSET.search(answer.headers.get("content-type", ""))) is None:
        return answer.body
    try:
        answer.body.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return answer.body.decode(codecs.lookup(match[1]).name).encode("utf-8-sig")
        except (LookupError, UnicodeError):
            return answer.body
    return answer.body


def _find_name(answer: Answer) -> str:
    """Return the name the server gives the file, else the last part of its address."""
    if match := FILE_NAME.search(answer.headers.get("content-disposition", "")):
        return unquote(match[1]).strip()
    return unquote(answer.address.path).rpartition("/")[2]
