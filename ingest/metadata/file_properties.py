"""What a file says about itself, as far as it is believable. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ingest.blocks import Block, BlockKind, Extraction
from ingest.metadata.fields import READERS, Value, as_language, as_title, as_year, split_authors

RUBBISH_TITLE = re.compile(
    r"microsoft\s+(?:word|powerpoint|excel|publisher)\b.*|.*\.(?:docx?|pdf|indd|qxd|tex|odt|pptx?|xlsx?|dvi|rtf|html?|ps|fm|ai)|"
    r"(?:untitled|unbenannt|ohne titel|no title|title|titel|template|vorlage|dokument|document|print|druck|layout|folie|slide|"
    r"presentation|präsentation|powerpoint-präsentation|neues? .*dokument|scan|cover|inhalt|anhang|anlage|bookmark)[\s_\-]*\d*|"
    r"[\w\-]*_[\w\-]*|[\w\-]*v\d+[\w\-]*|[\d\W_]+|\S{1,3}|file:.*|https?:.*|\(.*\)|<.*>",
    re.IGNORECASE,
)
RUBBISH_AUTHOR = re.compile(
    r"admin(?:istrator)?|user|benutzer|windows[\s-]?(?:user|benutzer)|microsoft office[\s-]?(?:user|benutzer|anwender)|unknown|"
    r"unbekannt|python-docx|root|office|test|autor|author|owner|scanner|\W*|.*@.*|[a-z]{1,4}\d+|\S{1,2}|.*\d{4}.*",
    re.IGNORECASE,
)

# The most frequent function words that one language has and the other has not.
GERMAN_WORDS = "und der die das nicht mit ist den von für auf eine werden wird sich auch dem des zu bei im oder sind"
GERMAN = frozenset(GERMAN_WORDS.split())
ENGLISH_WORDS = "and the of to is that for with are this be not on by which from have has an it or at"
ENGLISH = frozenset(ENGLISH_WORDS.split())
MIN_LANGUAGE_WORDS = 30  # function words that must be found before the text decides


def judge_properties(extraction: Extraction, path: Path) -> dict[str, Value]:
    """Return the fields of the file's properties that name the work and not the program or the machine."""
    properties = extraction.properties
    layer: dict[str, Value] = {}
    title = as_title(properties.get("title", ""))
    if title and not is_rubbish_title(title, path):
        layer["title"] = _without_site_name(title, extraction.blocks)
    names = properties.get("authors", ())
    authors = split_authors(names) if isinstance(names, str) else tuple(names)
    if believable := tuple(name for name in authors if not RUBBISH_AUTHOR.fullmatch(name)):
        layer["authors"] = believable
    for field in ("publisher", "license", "source_url", "doi", "isbn", "urn"):
        if (value := READERS[field](properties.get(field, ""))) is not None:
            layer[field] = value
    if (year := as_year(properties.get("date", ""))) is not None:
        layer["year"] = year
    detected = detect_language(extraction.blocks)  # the text is believed before the property, which is a program's default
    if (language := detected or as_language(properties.get("language", ""))) is not None:
        layer["language"] = language
    return layer


def _without_site_name(title: str, blocks: Sequence[Block]) -> str:
    """A page's title often ends with the name of the site; its first heading then is the better one."""
    heading = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    if len(heading) >= 4 and len(heading) < len(title) and letters(heading) in letters(title):
        return heading
    return title


def detect_language(blocks: Sequence[Block]) -> str | None:
    """Return "de" or "en" if function words decide it clearly, else None."""
    words = [word for block in blocks[:400] for word in block.text.casefold().split()]
    german, english = sum(word in GERMAN for word in words), sum(word in ENGLISH for word in words)
    if max(german, english) < MIN_LANGUAGE_WORDS:
        return None
    if german > 3 * english:
        return "de"
    return "en" if english > 3 * german else None


def is_rubbish_title(title: str, path: Path) -> bool:
    """Tell whether a file's title property names the file or the program instead of the work."""
    plain = title.strip()
    return bool(RUBBISH_TITLE.fullmatch(plain)) or (letters(plain) == letters(path.stem) and " " not in plain)


def letters(text: str) -> str:
    """Return the letters and digits of `text` in lower case, to compare titles with."""
    return re.sub(r"[\W_]+", "", text).casefold()
