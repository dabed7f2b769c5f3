"""Watching folders: native events say when to look, a clock says so too, and only looking says what has changed.

Network shares send no events, and events tell of writes, not of files that are complete; so both only wake the look.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import watchfiles

from ingest.settling import Batch, Listing, Mark, Patience, Watched, hand_over, look, owe
from ingest.sources import SIDECAR_ENDING, locate, walk

LOGGER = logging.getLogger(__name__)
TICK = 1.0  # seconds; how soon a stop, a settled file or the clock is noticed. A tick without a reason to look costs nothing.
NEVER_SEEN = Mark(-1, 0)  # what a known file is now, only looking tells
DEFAULT_PATIENCE = Patience()
DEFAULT_POLL = 60.0  # seconds between looks without an event: a look stats every file

Ingest = Callable[[Batch], None]


def watch(
    paths: Sequence[Path],
    ingest: Ingest,
    stop: threading.Event,
    *,
    known: Iterable[Path] = (),
    without: Sequence[Path] = (),
    poll: float = DEFAULT_POLL,
    patience: Patience = DEFAULT_PATIENCE,
    tick: float = TICK,
) -> None:
    """Hand what changes under `paths` to `ingest` until `stop` is set; at the start, everything there counts as changed.

    `known` names the files taken in before: those that are not there any more count as gone. `without` names what is left
    out, such as the knowledge base. An error of `ingest` is logged and its batch is offered again. Returns when the batch
    under way is done.
    """
    places = [locate(path) for path in paths]
    run(
        ingest,
        known=[path for path in known if any(path.is_relative_to(place) for place in places)],
        list_files=lambda: list_files(places, without),
        wakes=wake_natively(places, stop, min(tick, patience.settle), without),
        now=time.monotonic,
        poll=poll,
        patience=patience,
    )


def run(
    ingest: Ingest,
    *,
    known: Iterable[Path] = (),
    list_files: Callable[[], Listing],
    wakes: Iterable[bool],
    now: Callable[[], float],
    poll: float,
    patience: Patience,
) -> None:
    """Look, wait and hand over until `wakes` ends: each is True if something stirred, False if only time went by."""
    watched = Watched(dict.fromkeys(known, NEVER_SEEN))
    looked_at: float | None = None
    for stirred in wakes:
        moment = now()
        if stirred or watched.waiting or looked_at is None or moment - looked_at >= poll:
            watched = look(watched, list_files(), moment)
            looked_at = moment
        watched, batch = hand_over(watched, patience, moment)
        if batch:
            try:
                ingest(batch)
            except Exception:  # a locked knowledge base or a full disk must not end the watch
                LOGGER.exception("taking in %d changed and %d removed files failed", len(batch.changed), len(batch.gone))
                watched = owe(watched, batch, now())


def wake_natively(paths: Sequence[Path], stop: threading.Event, tick: float, without: Sequence[Path] = ()) -> Iterator[bool]:
    """Yield True when the system reports a change under `paths`, else False every `tick` seconds; ends with `stop`.

    The first wake comes at once. Where the system can report nothing, only the ticks remain.
    """
    yield True
    quiet = tuple(str(locate(path)) + os.sep for path in without)  # our own writing must not wake us
    there = [path for path in paths if path.exists()]
    if len(there) < len(paths):
        LOGGER.warning(
            "not there yet, watched by polling only: %s", ", ".join(str(path) for path in paths if path not in there)
        )
    if there:
        try:
            for changes in watchfiles.watch(
                *there,
                watch_filter=lambda _, path: not path.startswith(quiet),
                debounce=max(int(tick * 1000), 50),
                step=50,
                stop_event=stop,
                rust_timeout=max(int(tick * 1000), 50),
                yield_on_timeout=True,
                force_polling=False,
                ignore_permission_denied=True,
            ):
                yield bool(changes)
        except (OSError, RuntimeError) as error:  # no more watches to be had, or a folder that went away
            LOGGER.warning("no events from the system (%s); watching by polling only", error)
    while not stop.wait(tick):
        yield False


def list_files(paths: Iterable[Path], without: Sequence[Path] = ()) -> Listing:
    """Return the files that ingest would be offered, with what their change is noticed by.

    Doubtful are paths under which there is no file at all, and whatever cannot be read.
    """
    marks: dict[Path, Mark] = {}
    doubtful: list[Path] = []
    sidecars: dict[Path, dict[str, tuple[int, int]]] = {}
    for path in paths:
        found = 0
        for offer in walk([path], without):
            place = locate(offer.path)
            try:
                if offer.problem is not None:
                    doubtful.append(place)
                    continue
                status = place.stat()
                if place.parent not in sidecars:
                    sidecars[place.parent] = _list_sidecars(place.parent)
            except FileNotFoundError:
                continue  # gone since it was listed
            except OSError:
                doubtful.append(place)
                continue
            beside = sidecars[place.parent]
            sidecar = beside.get(place.name + SIDECAR_ENDING, beside.get(place.stem + SIDECAR_ENDING))
            marks[place] = Mark(status.st_size, status.st_mtime_ns, sidecar)
            found += 1
        if not found:
            doubtful.append(locate(path))
    return Listing(marks, tuple(doubtful))


def _list_sidecars(folder: Path) -> dict[str, tuple[int, int]]:
    with os.scandir(folder) as entries:
        found = ((entry.name, entry.stat()) for entry in entries if entry.name.endswith(SIDECAR_ENDING))
        return {name: (status.st_size, status.st_mtime_ns) for name, status in found}
