"""What editors say of a document in place of what its file says: field by field, kept apart from the file's own. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from search_service.documents import Metadata
from search_service.errors import InvalidMetadata

MetadataValue = str | int | bool | date | tuple[str, ...]
Overrides = Mapping[str, MetadataValue]  # by name of a field of Metadata

# Suggestions are found in the text, never stated.
EDITABLE = tuple(field.name for field in fields(Metadata) if field.name != "suggestions")


def merge_overrides(known: Overrides, edits: Mapping[str, MetadataValue | None]) -> dict[str, MetadataValue]:
    """Return `known` with `edits`: None or an empty value gives the field back to the file. Raises InvalidMetadata."""
    unknown = sorted(edits.keys() - set(EDITABLE))
    if unknown:
        raise InvalidMetadata(f"Das Feld „{unknown[0]}“ gibt es nicht. Möglich sind: {', '.join(EDITABLE)}.")
    merged = {**known, **edits}
    chosen = {}
    for name in EDITABLE:
        value = merged.get(name)
        if value is not None and value not in ("", ()):
            chosen[name] = value
    return chosen


def override(filed: Metadata, overrides: Overrides) -> Metadata:
    """Return what the file says with what editors say in its place; nothing is suggested where they have spoken."""
    chosen: dict[str, Any] = dict(overrides)
    suggestions = tuple(each for each in filed.suggestions if each.field not in overrides)
    return replace(filed, **chosen, suggestions=suggestions)


def encode_overrides(overrides: Overrides) -> str:
    """Return JSON."""
    return json.dumps(dict(overrides), ensure_ascii=False, default=str)  # only dates need it; a date's text is ISO 8601


def decode_overrides(text: str) -> dict[str, MetadataValue]:
    """Return what `encode_overrides` wrote."""
    return {name: _decode(name, value) for name, value in json.loads(text).items()}


def _decode(name: str, value: str | int | bool | list[str]) -> MetadataValue:
    if isinstance(value, list):
        return tuple(value)
    return date.fromisoformat(value) if name == "valid_until" and isinstance(value, str) else value
