"""The first page of editors, and how the service is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from search_service.desk.database import DESK_FORMAT
from search_service.desk.jobs import Job
from search_service.desk.opening import Desk
from search_service.errors import ChangeWissenError, KnowledgeBaseDamaged, KnowledgeBaseMissing
from search_service.knowledge_base.format import ANALYSIS_VERSION, FORMAT_VERSION
from search_service.knowledge_base.manifests import list_published
from search_service.knowledge_base.refusals import Refusal, read_refusals
from search_service.searcher import Searcher, Status
from search_service.site.editing.frame import HEALTH, OVERVIEW, Frame, make_router
from search_service.site.editing.health import Facts, examine, find_worst
from search_service.site.editing.job_pages import JobPages

SHOWN = 5  # jobs, failures and gaps on the first page
WEEK = timedelta(days=7)
_NOTHING_ANSWERS = "Es ist noch nichts veröffentlicht, oder der Suchindex ist beschädigt. Bitte den Betreiber verständigen."


class OverviewPages:
    """The overview and the health page."""

    def __init__(
        self,
        frame: Frame,
        searcher: Searcher,
        desk: Desk,
        jobs: JobPages,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        secure: bool = False,
    ) -> None:
        """Take the pages of jobs, which know how one is shown in a list; `secure`: the service is reached by https only."""
        self._frame = frame
        self._searcher = searcher
        self._desk = desk
        self._jobs = jobs
        self._clock = clock
        self._secure = secure

    def create_routes(self) -> APIRouter:
        """Return the routes."""
        return make_router(("GET", OVERVIEW.path, self.show_overview), ("GET", HEALTH.path, self.show_health))

    def show_overview(self, request: Request) -> Response:
        """Show what there is, what is to be done, what went wrong lately, and what was not found."""
        facts, failed, _ = self._look_up(size=None)
        withdrawn = 0
        if facts.status is not None:
            withdrawn = sum(1 for each in self._searcher.library.former_documents() if each.is_withdrawn)
        return self._frame.answer(
            request,
            "overview.html",
            OVERVIEW,
            state=facts.status,
            withdrawn=withdrawn,
            health=find_worst(examine(facts)),
            open_jobs=[self._jobs.view(job) for job in facts.open_jobs[:SHOWN]],
            open_count=len(facts.open_jobs),
            failed=[self._jobs.view(job) for job in failed],
            gaps=self._desk.gaps.list(SHOWN),
        )

    def show_health(self, request: Request) -> Response:
        """Show how the service is, and what to do."""
        facts, _, refused = self._look_up(_measure(self._desk.root))
        findings = examine(facts)
        versions = (
            ("Programm", version("change-wissen")),
            ("Python", python_version()),
            ("Format der Wissensbasis", str(FORMAT_VERSION)),
            ("Sprachanalyse", str(ANALYSIS_VERSION)),
            ("Format der Aufträge", str(DESK_FORMAT)),
            ("Sprachmodell des Suchindex", (facts.status.model if facts.status else None) or "keines"),
        )
        return self._frame.answer(
            request,
            "health.html",
            HEALTH,
            findings=findings,
            worst=find_worst(findings),
            refused=[(each, datetime.fromisoformat(each.at)) for each in refused],
            versions=versions,
            now=facts.now,
        )

    def _look_up(self, size: int | None) -> tuple[Facts, Sequence[Job], tuple[Refusal, ...]]:
        """Return the facts, the latest jobs that failed, and the files refused; `size`: see `Facts`."""
        desk, now = self._desk, self._clock()
        status, trouble = self._find_status()
        failed_count, failed = desk.jobs.find_failed(now - WEEK, SHOWN)
        refused = read_refusals(desk.root)
        facts = Facts(
            now=now,
            status=status,
            trouble=trouble,
            states=list_published(desk.root),
            worker=desk.presence.look(),
            open_jobs=desk.jobs.list_open(),
            failed_jobs=failed_count,
            refused_files=len(refused),
            keys=desk.keys.list(),
            free=_find_free(desk.root),
            size=size,
            is_secure=self._secure,
        )
        return facts, failed, refused

    def _find_status(self) -> tuple[Status | None, str | None]:
        try:
            return self._searcher.status(), None
        except (KnowledgeBaseMissing, KnowledgeBaseDamaged):  # their text names folders, which is for the operator's log
            return None, _NOTHING_ANSWERS
        except ChangeWissenError as error:
            return None, str(error)


def _find_free(root: Path) -> int | None:
    try:
        return shutil.disk_usage(root).free
    except OSError:
        return None


def _measure(root: Path) -> int:
    """Return the bytes of all files under `root`; what goes while they are counted counts nothing."""
    size = 0
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                size += (Path(folder) / name).lstat().st_size
            except OSError:
                continue
    return size
