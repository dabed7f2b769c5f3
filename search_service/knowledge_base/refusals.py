"""The files that could not be taken in, remembered beside the catalogue until they are taken in or gone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path, PurePath

from search_service.knowledge_base.manifests import write_synced

REFUSALS = "refusals.json"
MAX_REFUSALS = 500  # the latest; a folder in which nothing can be read is told by fewer
_YEARS = range(1970, 9999)  # moments that no time zone moves out of what `datetime` holds


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was offered and not taken in."""

    location: str  # absolute; for the operator: where an operator's files lie is nothing for editors
    name: str  # for editors
    state: str  # "skipped" or "failed"
    reason: str  # German
    at: str  # ISO 8601 with its zone


def read_refusals(root: Path) -> tuple[Refusal, ...]:
    """Return the files that could not be taken in, the latest first, without those whose entry is damaged.

    None if nothing is remembered or it cannot be read: it tells, and nothing depends on it.
    """
    try:
        entries = json.loads((root / REFUSALS).read_bytes())
    except (OSError, ValueError, RecursionError):
        return ()
    refusals = (_read_entry(entry) for entry in (entries if isinstance(entries, list) else []))
    return tuple(each for each in refusals if each is not None)


def write_refusals(root: Path, refusals: Sequence[Refusal]) -> None:
    """Remember these, the latest first, in place of what was; the first MAX_REFUSALS of them. Raises OSError.

    To be called by who holds the knowledge base.
    """
    kept = tuple(refusals[:MAX_REFUSALS])
    if kept != read_refusals(root):
        aside = root / f"{REFUSALS}.new"
        write_synced(aside, json.dumps([asdict(each) for each in kept]).encode())
        aside.replace(root / REFUSALS)


def _read_entry(entry: object) -> Refusal | None:
    names = [field.name for field in fields(Refusal)]
    if not isinstance(entry, dict) or set(entry) != set(names):
        return None
    try:
        for text in entry.values():
            if not isinstance(text, str) or "\0" in text:
                return None
            text.encode()  # half a surrogate pair can be in no page and no path
        at = datetime.fromisoformat(entry["at"])
    except ValueError:
        return None
    is_sound = PurePath(entry["location"]).is_absolute() and at.tzinfo is not None and at.year in _YEARS
    return Refusal(**entry) if is_sound else None
