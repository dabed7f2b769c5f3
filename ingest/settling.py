"""Which files have changed and come to rest: the pure core of watching, told what there is and what time it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a change of a file is noticed: its size and time and those of its sidecar."""

    size: int
    modified_ns: int
    sidecar: tuple[int, int] | None = None  # size and time; None without one


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies under the watched paths at one moment."""

    marks: Mapping[Path, Mark]
    # Places that could not be looked into, or are empty like a share that is not mounted: nothing is gone from there.
    doubtful: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Files to be taken in, and files that are gone, each in the order of their paths; no path is in both."""

    changed: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things wait, in seconds."""

    settle: float = 5.0  # a file must not have changed for so long; a copy over a slow network pauses for a second or two
    burst: float = 60.0  # files at rest wait at most so long for others that are still growing, to go in one batch
    retry: float = 300.0  # a batch that failed is offered again with the next change, or after this


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that has not been handed over yet."""

    mark: Mark | None  # None: the file is gone
    since: float  # when it was first seen in this state


@dataclass(frozen=True, slots=True)
class Watched:
    """All that is remembered between two looks."""

    known: Mapping[Path, Mark] = field(default_factory=dict)  # as handed over last
    waiting: Mapping[Path, Waiting] = field(default_factory=dict)
    owed: frozenset[Path] = frozenset()  # handed over, but the batch failed
    owed_since: float = 0.0


def look(watched: Watched, listing: Listing, now: float) -> Watched:
    """Return what is known after a look at `listing`: what differs from what was handed over waits, with since when."""
    waiting: dict[Path, Waiting] = {}
    for path, mark in listing.marks.items():
        if watched.known.get(path) != mark:
            waiting[path] = _keep_since(watched.waiting.get(path), mark, now)
    for path in watched.known:
        if path not in listing.marks:
            if not _is_under(path, listing.doubtful):
                waiting[path] = _keep_since(watched.waiting.get(path), None, now)
            elif path in watched.waiting:
                waiting[path] = watched.waiting[path]
    return replace(watched, waiting=waiting)


def hand_over(watched: Watched, patience: Patience, now: float) -> tuple[Watched, Batch]:
    """Return the files at rest as a batch, which counts as handed over from then on; empty if it is not time yet."""
    at_rest = {path: one for path, one in watched.waiting.items() if now - one.since >= patience.settle}
    is_waiting_for_others = len(at_rest) < len(watched.waiting)
    oldest = min((one.since for one in at_rest.values()), default=now)
    if at_rest and is_waiting_for_others and now - oldest < patience.settle + patience.burst:
        at_rest = {}
    is_due = bool(watched.owed) and now - watched.owed_since >= patience.retry
    if not at_rest and not is_due:
        return watched, Batch()
    known = dict(watched.known)
    for path, one in at_rest.items():
        if one.mark is None:
            known.pop(path, None)
        else:
            known[path] = one.mark
    waiting = {path: one for path, one in watched.waiting.items() if path not in at_rest}
    paths = sorted({*at_rest, *watched.owed} - waiting.keys())  # what changes again meanwhile comes when it has settled
    batch = Batch(tuple(path for path in paths if path in known), tuple(path for path in paths if path not in known))
    return Watched(known, waiting, watched.owed & waiting.keys(), watched.owed_since), batch


def owe(watched: Watched, batch: Batch, now: float) -> Watched:
    """Return what is known after `batch` could not be taken in: it is offered again."""
    return replace(watched, owed=watched.owed | {*batch.changed, *batch.gone}, owed_since=now)


def _keep_since(waiting: Waiting | None, mark: Mark | None, now: float) -> Waiting:
    return waiting if waiting is not None and waiting.mark == mark else Waiting(mark, now)


def _is_under(path: Path, places: Iterable[Path]) -> bool:
    return any(path.is_relative_to(place) for place in places)
