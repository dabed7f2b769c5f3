"""The pages of jobs: how far one is, what became of it, and what to do now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from search_service.desk.jobs import Job, JobKind, JobState, JobStep
from search_service.desk.presence import Presence
from search_service.documents import Suggestion
from search_service.searcher import Searcher
from search_service.site.editing.job_view import MAX_FILES, Progress, view_progress, view_report, view_suggested
from search_service.site.editing.sessions import Session, Sessions
from search_service.suggestions import tell_suggestions
from tests.search_service.editing.newsroom import Newsroom, open_newsroom
from tests.search_service.small_library import GUIDE

EMBED = "Bedeutungen berechnen"
REFRESH = '<noscript><meta http-equiv="refresh" content="5; url=/pflege/auftraege/'


@pytest.fixture(scope="module")
def room(searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with open_newsroom(searcher, tmp_path_factory.mktemp("kb")) as room:
        room.sign_in()
        yield room


def begin(room: Newsroom, kind: JobKind = JobKind.ADD, **about: str) -> Job:
    """Add a job and let it run, all earlier ones being finished."""
    for job in room.desk.jobs.list_open():
        room.desk.jobs.finish(job.id, JobState.DONE, "Erledigt.")
    job = room.desk.jobs.add(kind, **about)
    room.desk.jobs.take_next()
    return job


def test_a_running_job_tells_how_far_it_is_and_loads_itself_anew(room: Newsroom) -> None:
    job = begin(room, file="a.pdf")
    with Presence(room.desk.root).announced():
        room.desk.jobs.note_progress(job.id, JobStep.EMBED, 128, 1200)
        page = room.page(f"/auftraege/{job.id}")
    assert '<progress id="fortschritt" max="1200" value="128">' in page
    assert "128 von 1.200 Textstellen" in page
    assert "ausgefallen" not in page
    assert REFRESH in page
    halted = room.page(f"/auftraege/{job.id}?halt=1")
    assert REFRESH not in halted
    assert "wieder von selbst aktualisieren" in halted
    assert "Bedeutungen berechnen, 128 von 1.200" in room.page("/auftraege")


def test_the_part_that_changes_can_be_had_alone_and_is_no_activity(room: Newsroom) -> None:
    job = begin(room, file="a.pdf")
    answer = room.client.get(f"/pflege/auftraege/{job.id}/stand")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.lstrip().startswith('<div data-state="running"')
    assert "<html" not in answer.text
    stranger = room.client.get(f"/pflege/auftraege/{job.id}/stand", headers={"cookie": "pflege=x"}, follow_redirects=False)
    assert stranger.status_code == 303
    assert "weiter" not in stranger.headers["location"]


def test_a_waiting_job_tells_what_is_before_it_and_whether_anybody_works(room: Newsroom) -> None:
    first = begin(room, file="a.pdf")
    second = room.desk.jobs.add(JobKind.PUBLISH)
    third = room.desk.jobs.add(JobKind.PUBLISH)
    assert "„change-wissen work“ zu starten" in room.page(f"/auftraege/{second.id}")
    assert "Der Arbeitsprozess ist ausgefallen" in room.page(f"/auftraege/{first.id}")
    with Presence(room.desk.root).announced():
        assert "1 Auftrag ist davor" in room.page(f"/auftraege/{second.id}")
        assert "2 Aufträge sind davor" in room.page(f"/auftraege/{third.id}")


def test_a_job_that_failed_tells_why_and_what_to_do_for_every_file(room: Newsroom) -> None:
    job = begin(room, file="<b>.pdf")
    files = [
        {"path": "gut.pdf", "state": "indexed", "reason": None, "passages": 3, "seconds": 0.1},
        {"path": "<b>.pdf", "state": "failed", "reason": "Kein PDF: <script>", "passages": 0, "seconds": 0.1},
    ]
    report = {"totals": {"indexed": 1, "failed": 1, "skipped": 0}, "files": files, "notices": ["Ein <i>Hinweis</i>"]}
    room.desk.jobs.finish(job.id, JobState.FAILED, "„<b>.pdf“ wurde nicht aufgenommen.", report)
    page = room.page(f"/auftraege/{job.id}")
    assert REFRESH not in page
    assert "Noch einmal hochladen" in page
    assert "1 aufgenommen · 1 gescheitert" in page
    assert page.index("Kein PDF") < page.index("gut.pdf")
    assert "Den Grund beheben und die Datei noch einmal hochladen" in page
    raw = room.client.get(f"/pflege/auftraege/{job.id}").text
    assert "<script>" not in raw.split("<main")[1]
    assert "<i>" not in raw


def test_a_job_of_a_document_is_called_by_its_title_and_leads_there(room: Newsroom) -> None:
    job = begin(room, JobKind.EDIT, document_id=GUIDE)
    room.desk.jobs.finish(job.id, JobState.DONE, "Geändert.")
    page = room.page(f"/auftraege/{job.id}")
    assert "Angaben ändern: „Leitfaden Künstliche Intelligenz im Betrieb“" in page
    assert f'href="/pflege/dokumente/{GUIDE}">Zum Dokument' in page


def test_what_the_text_suggests_is_told_once_in_the_words_of_readers_with_the_way_to_accept_it(room: Newsroom) -> None:
    suggestions = (Suggestion("type", "funding", 0.68), Suggestion("topics", "prozesse", 0.78))
    (notice,) = tell_suggestions(suggestions)
    job = begin(room, file="a.pdf", document_id=GUIDE)
    files = [{"path": "a.pdf", "state": "indexed", "reason": f"Ein Blatt ist leer. {notice}", "passages": 3}]
    detail = f"„a.pdf“ ist aufgenommen. Ein Blatt ist leer. {notice} Suchindex 7 ist veröffentlicht."
    room.desk.jobs.finish(
        job.id, JobState.DONE, detail, {"totals": {"indexed": 1}, "files": files, "notices": ["Neu.", "Neu."]}
    )
    page = room.page(f"/auftraege/{job.id}")
    assert "„a.pdf“ ist aufgenommen. Ein Blatt ist leer. Suchindex 7 ist veröffentlicht." in page
    assert [page.count(text) for text in ("Ein Blatt ist leer", "<li>Neu.</li>", "Sie gelten erst")] == [1, 1, 0]
    shown = view_suggested(room.desk.jobs.find(job.id), suggestions)
    assert shown == ("Art: Förderung (68 %) · Thema: Digitale Prozesse (78 %)", f"/pflege/dokumente/{GUIDE}#angaben")
    assert view_suggested(begin(room, JobKind.EDIT, document_id=GUIDE), suggestions) is None


def test_jobs_are_paged_from_the_newest_on(room: Newsroom) -> None:
    begin(room)
    for _ in range(21):
        room.desk.jobs.add(JobKind.PUBLISH)
    first = room.page("/auftraege")
    assert first.count('class="row-title"') == 20
    older = first.split('" rel="next"')[0].rsplit('"', 1)[1]
    second = room.page(older.removeprefix("/pflege"))
    assert "Zu den neuesten" in second
    assert "Ältere Aufträge gibt es nicht (mehr)" in room.page("/auftraege?vor=j0")
    assert {line for line in first.split('"') if "/auftraege/j" in line} & {
        line for line in second.split('"') if "/auftraege/j" in line
    } == set()


def job_at(step: str | None, done: int | None, total: int | None) -> Job:
    now = datetime.now(UTC)
    return Job("j1", JobKind.ADD, JobState.RUNNING, now, now, None, None, None, None, {}, None, None, step, done, total)


@pytest.mark.parametrize(
    ("step", "done", "total", "progress"),
    [
        (None, None, None, Progress("Beginnt", None, None, None, "Beginnt …")),
        ("Text lesen", 0, 1, Progress("Text lesen", "0 von 1 Datei", None, None, "Text lesen …")),
        ("Text lesen", 3, 12, Progress("Text lesen", "3 von 12 Dateien", 3, 12, "Text lesen: 20 Prozent")),
        (EMBED, 1280, 1280, Progress(EMBED, "1.280 von 1.280 Textstellen", 1280, 1280, f"{EMBED}: 100 Prozent")),
        ("Suchindex schreiben", None, None, Progress("Suchindex schreiben", None, None, None, "Suchindex schreiben …")),
        ("Späterer Schritt", 1, 2, Progress("Späterer Schritt", "1 von 2", 1, 2, "Späterer Schritt: 50 Prozent")),
        ("Text lesen", 0, 0, Progress("Text lesen", None, None, None, "Text lesen …")),
    ],
)  # fmt: skip
def test_progress_is_counted_where_it_can_be(step: str | None, done: int | None, total: int | None, progress: Progress) -> None:
    assert view_progress(job_at(step, done, total)) == progress


def test_of_a_long_report_those_come_first_that_need_a_word() -> None:
    files = [{"path": f"{number}.pdf", "state": "unchanged", "reason": None, "passages": 0} for number in range(MAX_FILES + 5)]
    files.append({"path": "kaputt.pdf", "state": "failed", "reason": "Beschädigt.", "passages": 0})
    report = view_report({"totals": {"unchanged": MAX_FILES + 5, "failed": 1}, "files": files, "files_left_out": 10})
    assert report is not None
    assert report.files[0].name == "kaputt.pdf"
    assert len(report.files) == MAX_FILES
    assert report.left_out == "16 weitere Dateien ohne Besonderheiten sind nicht gezeigt."
    assert view_report({"totals": {}}).files == ()  # as a list of jobs has it
    assert view_report(None) is None


def test_a_page_that_loads_itself_anew_keeps_no_session_alive(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    activity: list[bool] = []
    find = Sessions.find

    def watch(self: Sessions, session_id: str, *, active: bool = True) -> Session | None:
        activity.append(active)
        return find(self, session_id, active=active)

    monkeypatch.setattr(Sessions, "find", watch)
    job = room.desk.jobs.add(JobKind.PUBLISH)
    page = room.page(f"/auftraege/{job.id}")
    (address,) = re.findall(r'http-equiv="refresh" content="5; url=([^"]+)"', page)
    again = room.page(address.removeprefix("/pflege"))
    assert address in again  # and goes on so
    room.client.get(f"/pflege/auftraege/{job.id}/stand")
    assert activity == [True, False, False]
    room.desk.jobs.finish(job.id, JobState.DONE, "Erledigt.")
