"""What is known about a work: sidecar before front matter before file properties before title page before file name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from ingest.blocks import Extraction
from ingest.metadata.fields import ALIASES, FIELD_LABELS, FIELD_NAMES, LISTS, READERS, Value, as_texts
from ingest.metadata.file_properties import judge_properties
from ingest.metadata.suggestions import suggest
from ingest.metadata.title_page import read_title_page
from search_service.documents import Metadata
from search_service.errors import InvalidMetadata
from search_service.suggestions import tell_suggestions
from search_service.taxonomy import VOCABULARY_OF, label_value, load_taxonomy, match_value

MAX_SIDECAR = 100_000  # bytes


@dataclass(frozen=True, slots=True)
class Description:
    """Metadata and what was odd about it."""

    metadata: Metadata
    notices: tuple[str, ...]  # German sentences for the report


def describe(path: Path, extraction: Extraction, sidecar: bytes | None) -> Description:
    """Return what is known about a work. InvalidMetadata if the sidecar or front matter is not readable as such.

    Type, sector and topic that nobody states are suggested from the text; a suggestion stays apart from what is known.
    """
    notices: list[str] = []
    layers = []
    if sidecar is not None:
        layers.append(_read_layer(sidecar, "der Begleitdatei", notices))
    if extraction.front_matter is not None:
        layers.append(_read_layer(extraction.front_matter.encode(), "dem Kopf der Datei", notices))
    layers.append(judge_properties(extraction, path))
    layers.append(read_title_page(extraction.blocks))
    layers.append({"title": _title_from_name(path)})
    merged: dict[str, Value] = {}
    for layer in layers:
        for field, value in layer.items():
            merged.setdefault(field, value)
    metadata = Metadata(**merged)  # type: ignore[arg-type]  # every value came out of READERS
    suggestions = suggest(metadata, extraction.blocks)
    notices.extend(tell_suggestions(suggestions))
    return Description(replace(metadata, suggestions=suggestions), tuple(notices))


def read_metadata(text: bytes, place: str) -> tuple[dict[str, Value], list[str]]:
    """Return the fields that YAML metadata names, each checked, and notices about the rest.

    Raises InvalidMetadata if it is no mapping. `place` is used in messages: "der Begleitdatei".
    """
    notices: list[str] = []
    return _read_layer(text, place, notices), notices


def read_edits(fields: Mapping[str, object], place: str) -> tuple[dict[str, Value | None], list[str]]:
    """Return the fields that editors name, each checked as in a sidecar, and notices about the rest.

    None where the value is empty: the field goes back to what the file says. `place` is used in messages: "der Änderung".
    """
    notices: list[str] = []
    edits: dict[str, Value | None] = {}
    for key, value in fields.items():
        field = _match_field(key, place, notices)
        if field is None:
            continue
        if value is None or value in ("", []):
            edits.setdefault(field, None)
        elif (read := _read_value(field, value, place, notices)) is not None:
            edits.setdefault(field, read)
    return edits, notices


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
    if field in VOCABULARY_OF:
        matched = _match_values(field, as_texts(value), place, notices)
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
    vocabulary = VOCABULARY_OF[field]
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


def _title_from_name(path: Path) -> str:
    words = re.sub(r"[_\-\s]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:] if words else path.name


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
