"""What is known about a work: sidecar before front matter before file properties before title page before file name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path

import yaml

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from search_service.documents import Metadata
from search_service.errors import InvalidMetadata
from search_service.taxonomy import label_value, load_taxonomy, match_value

Value = str | int | date | tuple[str, ...]

# Other names under which a field is accepted, besides its own; "-" and " " count as "_".
ALIASES = {
    "licence": "license", "author": "authors", "creator": "authors", "sector": "sectors", "topic": "topics", "date": "year",
    "url": "source_url", "source": "source_url", "lang": "language", "notes": "note", "hinweis": "note", "titel": "title",
    "autor": "authors", "autoren": "authors", "jahr": "year", "datum": "year", "herausgeber": "publisher",
    "verlag": "publisher",
    "art": "type", "sammlung": "collection", "branche": "sectors", "branchen": "sectors", "thema": "topics", "themen": "topics",
    "zielgruppe": "audience", "zielgruppen": "audience", "sprache": "language", "lizenz": "license", "quelle": "source_url",
    "gültig_bis": "valid_until", "gueltig_bis": "valid_until",
}  # fmt: skip
FIELD_NAMES = tuple(field.name for field in fields(Metadata))
VOCABULARIES = {"type": "type", "collection": "collection", "sectors": "sector", "topics": "topic", "audience": "audience"}
FIELD_LABELS = {"type": "Art", "collection": "Sammlung", "sectors": "Branche", "topics": "Thema", "audience": "Zielgruppe"}
LISTS = frozenset({"authors", "sectors", "topics", "audience"})
LANGUAGES = {"deutsch": "de", "german": "de", "englisch": "en", "english": "en", "deu": "de", "ger": "de", "eng": "en"}
YEARS = range(1400, 2101)
MAX_TITLE = 300  # characters
MAX_SIDECAR = 100_000  # bytes

RUBBISH_TITLE = re.compile(
    r"microsoft\s+(?:word|powerpoint|excel|publisher)\b.*|.*\.(?:docx?|pdf|indd|qxd|tex|odt|pptx?|xlsx?|dvi|rtf|html?|ps|fm|ai)|"
    r"(?:untitled|unbenannt|ohne titel|no title|title|titel|template|vorlage|dokument|document|print|druck|layout|folie|slide|"
    r"presentation|präsentation|powerpoint-präsentation|neues? .*dokument|scan|cover|inhalt|anhang|anlage|bookmark)[\s_\-]*\d*|"
    r"[\w\-]*_[\w\-]*|[\w\-]*v\d+[\w\-]*|[\d\W_]+|\S{1,3}|file:.*|https?:.*|\(.*\)|<.*>",
    re.IGNORECASE,
)
RUBBISH_AUTHOR = re.compile(
    r"admin(?:istrator)?|user|benutzer|windows[\s-]?(?:user|benutzer)|microsoft office[\s-]?(?:user|benutzer|anwender)|unknown|"
    r"unbekannt|python-docx|root|office|test|autor|author|owner|scanner|\W*|.*@.*|[a-z]{1,4}\d+|\S{1,2}",
    re.IGNORECASE,
)
AUTHOR_BORDER = re.compile(r"\s*(?:;|\n|\bund\b|\band\b|&)\s*")
PRINTED_YEAR = re.compile(r"(?<![\d.,/§])(19[5-9]\d|20[0-4]\d)(?![\d/]|\.\d)")
TITLE_PAGE_BLOCKS = 12
TITLE_KINDS = frozenset({BlockKind.HEADING, BlockKind.PARAGRAPH})

# The most frequent function words that one language has and the other has not.
GERMAN_WORDS = "und der die das nicht mit ist den von für auf eine werden wird sich auch dem des zu bei im oder sind"
GERMAN = frozenset(GERMAN_WORDS.split())
ENGLISH_WORDS = "and the of to is that for with are this be not on by which from have has an it or at"
ENGLISH = frozenset(ENGLISH_WORDS.split())
MIN_LANGUAGE_WORDS = 30  # function words that must be found before the text decides


@dataclass(frozen=True, slots=True)
class Description:
    """Metadata and what was odd about it."""

    metadata: Metadata
    notices: tuple[str, ...]  # German sentences for the report


def describe(path: Path, extraction: Extraction, sidecar: bytes | None) -> Description:
    """Return what is known about a work. InvalidMetadata if the sidecar or front matter is not readable as such."""
    notices: list[str] = []
    layers = []
    if sidecar is not None:
        layers.append(_read_layer(sidecar, "der Begleitdatei", notices))
    if extraction.front_matter is not None:
        layers.append(_read_layer(extraction.front_matter.encode(), "dem Kopf der Datei", notices))
    layers.append(_judge_properties(extraction, path))
    layers.append(_read_title_page(extraction.blocks))
    layers.append({"title": _title_from_name(path)})
    merged: dict[str, Value] = {}
    for layer in layers:
        for field, value in layer.items():
            merged.setdefault(field, value)
    return Description(Metadata(**merged), tuple(notices))  # type: ignore[arg-type]  # every value came out of READERS


def read_metadata(text: bytes, place: str) -> tuple[dict[str, Value], list[str]]:
    """Return the fields that YAML metadata names, each checked, and notices about the rest.

    Raises InvalidMetadata if it is no mapping. `place` is used in messages: "der Begleitdatei".
    """
    notices: list[str] = []
    return _read_layer(text, place, notices), notices


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
    return bool(RUBBISH_TITLE.fullmatch(plain)) or (_letters(plain) == _letters(path.stem) and " " not in plain)


def _read_layer(text: bytes, place: str, notices: list[str]) -> dict[str, Value]:
    if len(text) > MAX_SIDECAR:
        raise InvalidMetadata(f"Die Angaben in {place} sind länger als {MAX_SIDECAR // 1000} kB. Bitte kürzen.")
    try:
        data = yaml.safe_load(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidMetadata(f"Die Angaben in {place} sind nicht in UTF-8 gespeichert. Bitte als UTF-8 speichern.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (Zeile {mark.line + 1})" if mark is not None else ""
        raise InvalidMetadata(f"Die Angaben in {place} sind kein gültiges YAML{line}. Bitte dort berichtigen.") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise InvalidMetadata(f"Die Angaben in {place} müssen aus Zeilen „Feld: Wert“ bestehen. Bitte berichtigen.")
    try:
        return _read_fields(data, place, notices)
    except ValueError as error:  # Python refuses to write out a number of more than 4300 digits
        raise InvalidMetadata(f"Eine Zahl in {place} ist viel zu lang. Bitte berichtigen.") from error


def _read_fields(data: Mapping[object, object], place: str, notices: list[str]) -> dict[str, Value]:
    layer: dict[str, Value] = {}
    for key, value in data.items():
        field = _match_field(str(key), place, notices)
        if field is None or value is None or value in ("", []):
            continue
        if (read := _read_value(field, value, place, notices)) is not None:
            layer.setdefault(field, read)
    return layer


def _match_field(key: str, place: str, notices: list[str]) -> str | None:
    name = re.sub(r"[\s\-]+", "_", key.strip().casefold())
    field = ALIASES.get(name, name)
    if field in FIELD_NAMES:
        return field
    near = difflib.get_close_matches(name, [*FIELD_NAMES, *ALIASES], n=1, cutoff=0.7)
    hint = f" – gemeint ist vielleicht „{near[0]}“" if near else ""
    notices.append(f"Das Feld „{_short(key)}“ in {place} ist unbekannt{hint}; es wurde nicht übernommen.")
    return None


def _read_value(field: str, value: object, place: str, notices: list[str]) -> Value | None:
    if field in VOCABULARIES:
        matched = _match_values(field, _as_texts(value), place, notices)
        return (matched or None) if field in LISTS else next(iter(matched), None)
    # A nested value is never written out: YAML's references can make a small file mean an endless text.
    is_nested = isinstance(value, dict) or (isinstance(value, list) and field not in LISTS)
    read = None if is_nested else READERS[field](value)
    if read is None or read == ():
        shown = "…" if isinstance(value, (dict, list)) else _short(str(value))
        notices.append(f"Der Wert „{shown}“ im Feld „{field}“ in {place} ist nicht verwendbar und wurde nicht übernommen.")
        return None
    return read


def _match_values(field: str, texts: Sequence[str], place: str, notices: list[str]) -> tuple[str, ...]:
    vocabulary = VOCABULARIES[field]
    matched = []
    for text in texts:
        if (value := match_value(vocabulary, text)) is not None:
            matched.append(value)
            continue
        known = {name.casefold(): value for value, label in load_taxonomy()[vocabulary].items() for name in (value, label)}
        near = difflib.get_close_matches(text.casefold(), known, n=1, cutoff=0.6)
        hint = f" – gemeint ist vielleicht „{label_value(vocabulary, known[near[0]])}“" if near else ""
        notices.append(
            f"{FIELD_LABELS[field]} „{_short(text)}“ in {place} ist unbekannt{hint}; der Wert wurde nicht übernommen."
        )
    return tuple(dict.fromkeys(matched))


def _as_texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, (list, tuple)) else [value]
    texts = (_as_text(item) for item in values if not isinstance(item, (dict, list)))
    return tuple(text for text in texts if text)


def _as_text(value: object) -> str | None:
    if isinstance(value, (dict, list, bool)):
        return None
    return " ".join(clean(str(value)).split()) or None


def _as_title(value: object) -> str | None:
    text = _as_text(value)
    return text if text is None or len(text) <= MAX_TITLE else text[: MAX_TITLE - 1] + "…"


def _as_year(value: object) -> int | None:
    if isinstance(value, (date, datetime)):
        return value.year
    if isinstance(value, bool):
        return None
    found = re.search(r"(?<!\d)\d{4}(?!\d)", str(value))
    return int(found[0]) if found and int(found[0]) in YEARS else None


def _as_date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # a day, not a moment
        except ValueError:
            continue
    return None


def _as_language(value: object) -> str | None:
    text = str(value).strip().casefold()
    text = LANGUAGES.get(text, re.split(r"[-_]", text)[0])
    return text if re.fullmatch("[a-z]{2}", text) else None


def _as_url(value: object) -> str | None:
    text = str(value).strip()
    return text if re.fullmatch(r"https?://\S+", text) else None


def _as_authors(value: object) -> tuple[str, ...]:
    return _as_texts(value) if isinstance(value, (list, tuple)) else _split_authors(_as_text(value) or "")


READERS: Mapping[str, Callable[[object], Value | None]] = {
    "title": _as_title,
    "authors": _as_authors,
    "year": _as_year,
    "publisher": _as_text,
    "language": _as_language,
    "license": _as_text,
    "source_url": _as_url,
    "valid_until": _as_date,
    "note": _as_text,
}


def _split_authors(text: str) -> tuple[str, ...]:
    """A semicolon, "und" and "&" part authors; a comma does only where "Vorname Nachname" stands on both sides."""
    names = [name.strip(" ,") for name in AUTHOR_BORDER.split(text)]
    parted = []
    for name in names:
        pieces = [piece.strip() for piece in name.split(",")]
        parted.extend(pieces if len(pieces) > 1 and all(" " in piece for piece in pieces) else [name])
    return tuple(name for name in parted if name)


def _judge_properties(extraction: Extraction, path: Path) -> dict[str, Value]:
    """Return what the file says about itself, as far as it is believable."""
    properties = extraction.properties
    layer: dict[str, Value] = {}
    title = _as_title(properties.get("title", ""))
    if title and not is_rubbish_title(title, path):
        layer["title"] = _without_site_name(title, extraction.blocks)
    names = properties.get("authors", ())
    authors = _split_authors(names) if isinstance(names, str) else tuple(names)
    if believable := tuple(name for name in authors if not RUBBISH_AUTHOR.fullmatch(name)):
        layer["authors"] = believable
    for field in ("publisher", "license", "source_url"):
        if (value := READERS[field](properties.get(field, ""))) is not None:
            layer[field] = value
    if (year := _as_year(properties.get("date", ""))) is not None:
        layer["year"] = year
    detected = detect_language(extraction.blocks)  # the text is believed before the property, which is a program's default
    if (language := detected or _as_language(properties.get("language", ""))) is not None:
        layer["language"] = language
    return layer


def _without_site_name(title: str, blocks: Sequence[Block]) -> str:
    """A page's title often ends with the name of the site; its first heading then is the better one."""
    heading = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    if len(heading) >= 4 and len(heading) < len(title) and _letters(heading) in _letters(title):
        return heading
    return title


def _read_title_page(blocks: Sequence[Block]) -> dict[str, Value]:
    layer: dict[str, Value] = {}
    first = blocks[:TITLE_PAGE_BLOCKS]
    headings = [block for block in first if block.kind is BlockKind.HEADING and _letters(block.text)]
    if headings:
        top = min(block.level or 1 for block in headings)
        layer["title"] = _as_title(next(block.text for block in headings if (block.level or 1) == top)) or ""
    lines = [block.text for block in first if (block.page or 1) <= 2 and block.kind in TITLE_KINDS and len(block.text) < 200]
    years = {int(found) for line in lines for found in PRINTED_YEAR.findall(line)}
    if len(years) == 1:  # two different years on a title page: none of them is sure
        layer["year"] = years.pop()
    return layer


def _title_from_name(path: Path) -> str:
    words = re.sub(r"[_\-\s]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:] if words else path.name


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
