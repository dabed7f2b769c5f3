"""A job tells how far it is: a new step at once, counts once a second, and never so that it costs the job."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.errands import Errand, Outcome, run_errand
from ingest.job_progress import JobProgress
from ingest.pipeline import ingest
from ingest.report import FileReport, State
from ingest.worker import work
from search_service.desk.jobs import Job, JobKind, JobStep
from search_service.desk.presence import PRESENCE, Presence
from search_service.errors import DeskUnavailable
from search_service.knowledge_base.refusals import Refusal, read_refusals, write_refusals
from search_service.knowledge_base.store import KnowledgeBase
from tests.ingest.desk_orders import EMBEDDER, Office, QuickPool

Told = tuple[JobStep, int | None, int | None]
FILE = FileReport("a.txt", State.INDEXED)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_new_step_is_told_at_once_and_counts_once_a_second() -> None:
    told: list[Told] = []
    clock = Clock()
    progress = JobProgress(lambda *each: told.append(each), clock)
    progress.offered(3)
    progress.finished(FILE)
    clock.now = 0.9
    progress.finished(FILE)
    clock.now = 1.0
    progress.finished(FILE)
    progress.embedded(0, 200)
    progress.embedded(128, 200)
    clock.now = 2.5
    progress.embedded(200, 200)
    progress.publishing()
    assert told == [
        (JobStep.PREPARE, None, None),
        (JobStep.READ, 0, 3),
        (JobStep.READ, 3, 3),
        (JobStep.EMBED, 0, 200),
        (JobStep.EMBED, 200, 200),
        (JobStep.PUBLISH, None, None),
    ]


def test_a_desk_that_cannot_be_written_delays_no_job() -> None:
    def refuse(*_: object) -> None:
        raise DeskUnavailable("belegt")

    progress = JobProgress(refuse)
    progress.offered(1)
    progress.publishing()


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(pipeline, "ExtractorPool", QuickPool)
    office = Office(tmp_path / "kb", tmp_path / "ablage")
    office.folder.mkdir()
    (office.folder / "pausen.txt").write_text("Die alte Fassung.")
    (office.folder / "kaputt.pdf").write_bytes(b"kein PDF")
    with KnowledgeBase(office.root) as knowledge_base:
        ingest([office.folder], knowledge_base, embedder=EMBEDDER)
    return office


def test_the_worker_is_there_and_its_job_goes_through_its_steps(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Told] = []
    noting = type(office.jobs).note_progress

    def note(self: object, job_id: str, *each: object) -> None:
        noting(self, job_id, *each)
        found = office.jobs.find(job_id)
        told.append((found.step, found.done, found.total))

    def run(job: Job, errand: Errand) -> Outcome:
        assert Presence(office.root).look().is_there
        return run_errand(job, errand)

    monkeypatch.setattr(type(office.jobs), "note_progress", note)
    office.upload("neu.txt", "Ganz neu.")
    work(lambda base: Errand(base, EMBEDDER), office.root, office.jobs, threading.Event(), once=True, run=run)
    assert told == [
        ("Vorbereiten", None, None),
        ("Text lesen", 0, 1),
        ("Bedeutungen berechnen", 0, 1),
        ("Suchindex schreiben", None, None),
    ]
    assert Presence(office.root).look().is_there is False
    assert office.jobs.list(1)[0].step is None


def test_a_worker_goes_on_when_the_sign_of_its_life_is_gone(office: Office) -> None:
    for _ in range(2):
        office.order(JobKind.PUBLISH)

    def run(_job: Job, _errand: Errand) -> Outcome:
        (office.root / PRESENCE).unlink()
        return Outcome("Fertig.")

    work(lambda base: Errand(base, EMBEDDER), office.root, office.jobs, threading.Event(), once=True, run=run)
    assert [job.detail for job in office.jobs.list(5)] == ["Fertig.", "Fertig."]


def test_what_could_not_be_taken_in_is_remembered_until_it_can_or_is_gone(office: Office) -> None:
    def take_in(*paths: Path) -> list[tuple[str, str]]:
        with KnowledgeBase(office.root) as knowledge_base:
            ingest(paths, knowledge_base, embedder=EMBEDDER)
        return [(each.name, each.state) for each in read_refusals(office.root)]

    refused = read_refusals(office.root)
    assert [(each.name, each.state) for each in refused] == [("kaputt.pdf", "failed")]
    assert refused[0].location == str(office.folder / "kaputt.pdf")
    assert str(office.folder) not in refused[0].reason
    other = office.folder.parent / "zweite"
    other.mkdir()
    (other / "leer.txt").write_text("")
    assert take_in(other) == [("leer.txt", "failed"), ("kaputt.pdf", "failed")]
    assert take_in(office.folder / "pausen.txt") == [("leer.txt", "failed"), ("kaputt.pdf", "failed")]
    (other / "leer.txt").write_text("Nicht mehr.")
    assert take_in(other) == [("kaputt.pdf", "failed")]
    (office.folder / "kaputt.pdf").unlink()
    assert take_in(office.folder) == []
    office.failed(office.upload("schlecht.pdf", "kein PDF"))  # of uploads their jobs tell
    assert read_refusals(office.root) == ()


def remembered(office: Office, *paths: Path, **options: bool | list[Path]) -> list[str]:
    """Take `paths` in and return the names of what could not be taken in then or before."""
    with KnowledgeBase(office.root) as knowledge_base:
        ingest(paths, knowledge_base, embedder=EMBEDDER, **options)  # type: ignore[arg-type]
    return [each.name for each in read_refusals(office.root)]


def test_a_folder_that_is_not_mounted_settles_nothing(office: Office) -> None:
    away = office.folder.with_name("abgehaengt")
    office.folder.rename(away)
    assert remembered(office, office.folder) == ["ablage", "kaputt.pdf"]  # the mount point is not there,
    office.folder.mkdir()
    assert remembered(office, office.folder) == ["kaputt.pdf"]  # is empty,
    (office.folder / "leer").mkdir()
    assert remembered(office, office.folder) == ["kaputt.pdf"]  # has no file in it
    assert remembered(office, office.folder, is_certain=True) == []  # but no share can stand behind it
    (office.folder / "leer").rmdir()
    office.folder.rmdir()
    away.rename(office.folder)
    assert remembered(office, office.folder) == ["kaputt.pdf"]
    (office.folder / "kaputt.pdf").unlink()
    assert remembered(office, gone=[office.folder / "kaputt.pdf"]) == []  # as the watch tells


def test_what_is_ignored_or_met_by_no_run_for_long_is_forgotten(office: Office) -> None:
    (office.folder / ".ingestignore").write_text("kaputt.pdf")
    assert remembered(office, office.folder / "pausen.txt") == ["kaputt.pdf"]
    assert remembered(office, office.folder) == []
    now = datetime.now(UTC)
    old, young = (
        Refusal(f"/anderswo/{days}.pdf", f"{days}.pdf", "failed", "Kein PDF.", (now - timedelta(days=days)).isoformat())
        for days in (101, 99)
    )
    write_refusals(office.root, [young, old])
    assert remembered(office, office.folder) == ["99.pdf"]


def test_what_cannot_be_remembered_ends_no_run(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    (office.root / "refusals.json.new").mkdir()
    (office.folder / "leer.txt").write_text("")
    assert remembered(office, office.folder) == ["kaputt.pdf"]
    assert "is not remembered" in caplog.text
    (office.root / "refusals.json").write_bytes(b"[" * 100_000)
    assert remembered(office, office.folder) == []


SOUND = {"location": "/a.pdf", "name": "a.pdf", "state": "failed", "reason": "Kein PDF.", "at": "2026-03-05T12:00:00+00:00"}


@pytest.mark.parametrize(
    "change",
    [
        {"at": "gestern"}, {"at": 5}, {"at": "2026-03-05"}, {"at": "0001-01-01T00:00:00+14:00"}, {"name": None},
        {"reason": ["x"]}, {"reason": "\ud800"}, {"location": "a.pdf"}, {"location": "/\0"}, {"weiteres": "x"},
    ],
)  # fmt: skip
def test_of_a_damaged_memory_what_is_sound_is_read(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / "refusals.json").write_text(json.dumps([SOUND | change, 5, SOUND]))
    assert [each.location for each in read_refusals(tmp_path)] == ["/a.pdf"]


@pytest.mark.parametrize("content", [b'{"a": 1}', b"5", b"\xff", b"[" * 100_000])
def test_a_memory_that_is_damaged_is_begun_anew(office: Office, content: bytes) -> None:
    (office.root / "refusals.json").write_bytes(content)
    assert read_refusals(office.root) == ()
    office.done(office.order(JobKind.REINDEX))
    with KnowledgeBase(office.root) as knowledge_base:
        ingest([office.folder], knowledge_base, embedder=EMBEDDER)
    assert [each.name for each in read_refusals(office.root)] == ["kaputt.pdf"]
