"""What a run could not take in, remembered for who looks after the knowledge base."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ingest.disclosure import hide_folders
from ingest.report import FileReport, State
from ingest.sources import locate
from ingest.uploads import is_upload
from search_service.knowledge_base.refusals import Refusal, note_refusals

LOGGER = logging.getLogger(__name__)


def remember_refused(root: Path, paths: Sequence[Path], reports: Iterable[FileReport]) -> None:
    """Record in the knowledge base in `root` which files under `paths` were skipped or failed, and why.

    Of uploads their jobs tell. What cannot be written is logged: what was taken in is taken in all the same.
    """
    listed, now, home = list(reports), datetime.now(UTC).isoformat(timespec="seconds"), locate(root)
    refused = [
        Refusal(each.path, hide_folders(each.path, home), each.state, hide_folders(each.reason or "", home), now)
        for each in listed
        if each.state in (State.SKIPPED, State.FAILED) and not is_upload(root, each.path)
    ]
    try:
        note_refusals(root, [locate(path) for path in paths], [each.path for each in listed], refused)
    except OSError:
        LOGGER.warning("what could not be taken in is not remembered", exc_info=True)
