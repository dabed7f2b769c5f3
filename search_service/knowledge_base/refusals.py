"""The files that could not be taken in, remembered beside the catalogue until they are taken in or gone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath

from search_service.knowledge_base.manifests import write_synced

REFUSALS = "refusals.json"
MAX_REFUSALS = 500  # the latest; a folder in which nothing can be read is told by fewer


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was offered and not taken in."""

    location: str  # for the operator; where an operator's files lie is nothing for editors
    name: str  # for editors
    state: str  # "skipped" or "failed"
    reason: str  # German
    at: str  # ISO 8601, UTC


def read_refusals(root: Path) -> tuple[Refusal, ...]:
    """Return the files that could not be taken in, the latest first; none if nothing is remembered or it cannot be read."""
    try:
        return tuple(Refusal(**entry) for entry in json.loads((root / REFUSALS).read_bytes()))
    except (OSError, ValueError, TypeError):
        return ()


def note_refusals(root: Path, paths: Sequence[Path], offered: Iterable[str], refused: Sequence[Refusal]) -> None:
    """Record what a run over `paths` refused of the locations it was `offered`; what else lay there is gone.

    To be called by who holds the knowledge base. Raises OSError.
    """
    known, seen = read_refusals(root), set(offered)
    folders = [PurePath(path.absolute()) for path in paths]
    kept = [
        each
        for each in known
        if each.location not in seen and not any(PurePath(each.location).is_relative_to(folder) for folder in folders)
    ]
    now = (*refused, *kept)[:MAX_REFUSALS]
    if now != known:
        aside = root / f"{REFUSALS}.new"
        write_synced(aside, json.dumps([asdict(each) for each in now], ensure_ascii=False).encode())
        aside.replace(root / REFUSALS)
