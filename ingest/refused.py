"""What a run could not take in: what still holds of it, and its memory for who looks after the knowledge base."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.disclosure import hide_folders
from ingest.pruning import find_doubt, find_silent
from ingest.report import FileReport, State
from ingest.sources import Offer, exists, locate
from ingest.uploads import is_upload
from search_service.knowledge_base.refusals import Refusal, read_refusals, write_refusals
from search_service.knowledge_base.store import KnowledgeBase

LOGGER = logging.getLogger(__name__)
KEPT = "Die bisherige Fassung bleibt durchsuchbar."
WITHDRAWN = "Das Dokument ist zurückgezogen und bleibt es, bis es wiederhergestellt wird."
# What no run has met for so long lies in a folder that is no longer read; one read each quarter is met in time.
REMEMBERED = timedelta(days=100)


def explain_standing(
    state: State, reason: str | None, location: str, content_hash: str | None, knowledge_base: KnowledgeBase
) -> str | None:
    """Return why a file ended in `state`, with what holds of its document in the knowledge base all the same."""
    known = knowledge_base.find_by_location(location)
    if known is not None and state in (State.SKIPPED, State.FAILED):
        return f"{reason} {KEPT}"
    if known is None and content_hash is not None:
        known = knowledge_base.find_by_hash(content_hash)
    if known is None or known.id not in knowledge_base.withdrawn():
        return reason
    return f"{reason} {WITHDRAWN}" if reason else WITHDRAWN


def remember_refused(
    root: Path,
    paths: Sequence[Path],
    offers: Sequence[Offer],
    reports: Sequence[FileReport],
    *,
    gone: Sequence[Path] = (),
    is_certain: bool = False,
) -> None:
    """Record in the knowledge base in `root` which files were skipped or failed, and why; forget those that are settled.

    Settled is what a run over `paths` took in, what it found gone for certain (`is_certain` and `gone` as for `ingest`) and
    what is no longer offered. The rest is kept until no run has met it for REMEMBERED. Of uploads their jobs tell. What
    cannot be written is logged: what was taken in is taken in all the same.
    """
    try:
        now, home = datetime.now(UTC), locate(root)
        refused = [
            Refusal(
                each.path,
                hide_folders(each.path, home),
                each.state,
                hide_folders(each.reason or "", home),
                now.isoformat(timespec="seconds"),
            )
            for each in reports
            if each.state in (State.SKIPPED, State.FAILED) and not is_upload(root, each.path)
        ]
        met = {each.path for each in reports}
        open_before = [
            each
            for each in read_refusals(root)
            if each.location not in met and now - datetime.fromisoformat(each.at) < REMEMBERED
        ]
        settled = _find_settled([Path(each.location) for each in open_before], paths, offers, gone, is_certain=is_certain)
        write_refusals(root, [*refused, *(each for each in open_before if Path(each.location) not in settled)])
    except Exception:  # a note for those who look after it must not cost a run of hours
        LOGGER.warning("what could not be taken in is not remembered", exc_info=True)


def _find_settled(
    places: Sequence[Path], paths: Sequence[Path], offers: Sequence[Offer], gone: Sequence[Path], *, is_certain: bool
) -> set[Path]:
    """Return those of the places a run did not meet where it has shown that nothing is there any more, or nothing wanted."""
    if not places:
        return set()
    roots, vanished = {locate(path) for path in paths}, {locate(path) for path in gone}
    unread = {locate(offer.path) for offer in offers if offer.problem is not None}
    silent = [] if is_certain else find_silent(paths, offers)

    def is_settled(place: Path) -> bool:
        if place not in vanished and roots.isdisjoint((place, *place.parents)):
            return False
        if exists(str(place)):  # such as a file that is ignored by now, but not one in a folder that could not be listed
            return unread.isdisjoint(place.parents)
        return is_certain or find_doubt(place, [] if place in vanished else silent) is None

    return {place for place in places if is_settled(place)}
