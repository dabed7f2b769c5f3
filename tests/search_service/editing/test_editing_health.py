"""How the service is: every line in words, with what to do, from what was really looked up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search_service.desk.jobs import Job, JobKind, JobState
from search_service.desk.keys import Key, Scope
from search_service.desk.presence import Presence, Sign
from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.manifests import PublishedGeneration
from search_service.knowledge_base.refusals import REFUSALS, Refusal, write_refusals
from search_service.searcher import Searcher, Status
from search_service.site.editing.health import Facts, Level, examine, find_worst, tell_age, tell_bytes
from search_service.typesetting import german_date, german_month, german_time
from tests.search_service.editing.newsroom import Newsroom, open_newsroom
from tests.search_service.served import CrashingSearcher

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATUS = Status(4, NOW - timedelta(days=3), 49, 1200, "modell@1", True, ())
STATE = PublishedGeneration(4, NOW, 49, 1200, "modell@1", is_current=True)
QUEUED = Job("j1", JobKind.ADD, JobState.QUEUED, NOW - timedelta(minutes=11), None, None, None, None, "a.pdf", {}, None, None)
KEY = Key("abc", "Redaktion", Scope.ADMIN, NOW, None, (NOW + timedelta(days=9)).date(), None)
WELL = Facts(NOW, STATUS, None, [STATE], Sign(True, NOW), [], 0, 0, [replace(KEY, expires=None)], 50 * 10**9, 2 * 10**9, True)


def levels(facts: Facts) -> dict[str, Level]:
    return {finding.name: finding.level for finding in examine(facts)}


def test_where_all_is_well_there_is_nothing_to_do() -> None:
    findings = examine(WELL)
    assert {finding.level for finding in findings} == {Level.GOOD}
    assert all(finding.advice is None for finding in findings)
    index = next(finding for finding in findings if finding.name == "Suchindex")
    assert index.found == "Nr. 4, veröffentlicht vor 3 Tagen, mit 49 Dokumenten und 1.200 Textstellen"


@pytest.mark.parametrize(
    ("name", "level", "change"),
    [
        ("Suche nach Wörtern", Level.ACT, {"status": None, "trouble": "Der Index ist beschädigt."}),
        ("Suche nach Bedeutung", Level.WATCH, {"status": replace(STATUS, semantic=False, notices=("Das Modell fehlt.",))}),
        ("Hinweise", Level.WATCH, {"status": replace(STATUS, notices=("Es antwortet der Stand davor.",))}),
        ("Suchindex", Level.WATCH, {"states": [replace(STATE, number=5, is_current=False), STATE]}),
        ("Arbeitsprozess", Level.WATCH, {"worker": Sign(False, NOW)}),
        ("Arbeitsprozess", Level.ACT, {"worker": Sign(False, None), "open_jobs": [QUEUED]}),
        ("Arbeitsprozess", Level.WATCH, {"worker": Sign(None, None)}),
        ("Wartende Aufträge", Level.WATCH, {"open_jobs": [QUEUED]}),
        ("Wartende Aufträge", Level.ACT, {"worker": Sign(False, None), "open_jobs": [replace(QUEUED, created_at=NOW)]}),
        ("Wartende Aufträge", Level.GOOD, {"open_jobs": [replace(QUEUED, created_at=NOW)]}),
        ("Wartende Aufträge", Level.GOOD, {"open_jobs": [replace(QUEUED, state=JobState.RUNNING), QUEUED]}),
        ("Gescheiterte Aufträge", Level.WATCH, {"failed_jobs": 1}),
        ("Nicht aufgenommene Dateien in den Ordnern", Level.WATCH, {"refused_files": 2}),
        ("Speicherplatz", Level.ACT, {"free": 400_000_000}),
        ("Speicherplatz", Level.WATCH, {"free": 1_900_000_000}),
        ("Speicherplatz", Level.WATCH, {"free": 3 * 10**9, "size": 4 * 10**9}),
        ("Speicherplatz", Level.WATCH, {"free": None}),
        ("Speicherplatz", Level.GOOD, {"free": 3 * 10**9, "size": None}),
        ("Verschlüsselte Verbindung", Level.WATCH, {"is_secure": False}),
        ("Schlüssel", Level.WATCH, {"keys": [KEY]}),
    ],
)
def test_every_trouble_has_its_level_and_its_cure(name: str, level: Level, change: dict[str, object]) -> None:
    findings = examine(replace(WELL, **change))
    found = next(finding for finding in findings if finding.name == name)
    assert found.level is level
    assert (found.advice is None) is (level is Level.GOOD)
    assert find_worst(findings).value in [finding.level.value for finding in findings]


def test_a_key_that_ends_later_or_is_revoked_is_not_told_of() -> None:
    later = replace(KEY, expires=(NOW + timedelta(days=31)).date())
    assert "Schlüssel" not in levels(replace(WELL, keys=[later, replace(KEY, revoked_at=NOW)]))


def test_ages_and_sizes_are_told_in_plain_german() -> None:
    assert (german_date(NOW), german_month(NOW)) == ("23. November 2026", "November 2026")
    assert [german_time(NOW.replace(hour=hour, minute=6)) for hour in (0, 15)] == ["0:06\u00a0Uhr", "15:06\u00a0Uhr"]
    ages = {30: "gerade eben", 60: "vor einer Minute", 7200: "vor 2 Stunden", 86400: "vor einem Tag", 10**8: "vor 1.157 Tagen"}
    assert {seconds: tell_age(timedelta(seconds=seconds)) for seconds in (-5, *ages)} == {-5: "gerade eben", **ages}
    assert [tell_bytes(size) for size in (0, 10**6, 10**9, 1_250_000_000)] == ["weniger als 1 MB", "1 MB", "1,0 GB", "1,2 GB"]


@pytest.fixture(scope="module")
def room(searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with open_newsroom(searcher, tmp_path_factory.mktemp("kb")) as room:
        room.sign_in()
        yield room


def find_line(page: str, name: str) -> str:
    """Return the text of one line of the health page."""
    line = next(part for part in page.split("<li>") if f"<h2>{name}</h2>" in part)
    return " ".join(re.sub(r"<[^>]+>", " ", line.split("</li>")[0]).split())


def test_the_page_sees_a_worker_only_while_it_is_there(room: Newsroom) -> None:
    assert find_line(room.page("/gesundheit"), "Arbeitsprozess") == (
        "Beachten Arbeitsprozess läuft nicht; noch nie gesehen. Es wartet kein Auftrag. Jetzt tun: Bitte den Betreiber bitten, "
        "„change-wissen work“ zu starten. Neue Aufträge bleiben sonst liegen."
    )
    with Presence(room.desk.root).announced(), Presence(room.desk.root).announced():
        assert find_line(room.page("/gesundheit"), "Arbeitsprozess") == "In Ordnung Arbeitsprozess läuft"
    assert "läuft nicht; zuletzt gesehen gerade eben" in find_line(room.page("/gesundheit"), "Arbeitsprozess")


def test_the_page_tells_what_could_not_be_taken_in_and_escapes_it(room: Newsroom) -> None:
    refused = Refusal("/ablage/<b>.pdf", "<b>.pdf", "failed", "Kein PDF: <script>", NOW.isoformat())
    write_refusals(room.desk.root, [refused])
    page = room.page("/gesundheit")
    assert re.search(r"Stand: <time datetime=\"[^\"]+\">\d+\.\u00a0[A-Z]\S+ \d{4}, \d+:\d\d\u00a0Uhr", page)
    assert "1 Datei" in find_line(page, "Nicht aufgenommene Dateien in den Ordnern")
    raw = room.client.get("/pflege/gesundheit").text
    assert "&lt;b&gt;.pdf" in raw
    assert "Kein PDF: &lt;script&gt;" in raw
    assert "/ablage" not in raw
    entries = [asdict(refused), asdict(refused) | {"at": "gestern"}, asdict(refused) | {"name": "\udfff"}, None]
    (room.desk.root / REFUSALS).write_text(json.dumps(entries))
    assert "1 Datei" in find_line(room.page("/gesundheit"), "Nicht aufgenommene Dateien in den Ordnern")


def test_a_failed_job_is_told_of_until_it_is_made_good(room: Newsroom) -> None:
    jobs = room.desk.jobs
    for file in ("Plan.pdf", "Anderes.pdf"):
        jobs.finish(jobs.add(JobKind.ADD, file=file).id, JobState.FAILED, "Beschädigt.")
    line = find_line(room.page("/gesundheit"), "Gescheiterte Aufträge")
    assert "2 in den letzten sieben Tagen, die noch nicht nachgeholt sind" in line
    assert "spätestens nach sieben Tagen" in line
    jobs.finish(jobs.add(JobKind.ADD, file="Plan.pdf").id, JobState.DONE, "„Plan.pdf“ ist aufgenommen.")
    assert "1 in den letzten sieben Tagen, der" in find_line(room.page("/gesundheit"), "Gescheiterte Aufträge")
    assert "Anderes.pdf" in room.page("").split('id="gescheitert"')[1]
    assert "Plan.pdf" not in room.page("").split('id="gescheitert"')[1]


def test_the_pages_stay_usable_when_nothing_answers(tmp_path: Path) -> None:
    searcher = CrashingSearcher(KnowledgeBaseDamaged("Der Ordner /geheim ist beschädigt."))
    with open_newsroom(searcher, tmp_path) as room:
        room.sign_in()
        page = room.page("/gesundheit")
        assert find_line(page, "Suche nach Wörtern").startswith("Handeln")
        assert "/geheim" not in page
        assert "Noch antwortet kein Suchindex" in room.page("")
        for path in ("/auftraege", "/hochladen", "/staende", "/luecken"):
            room.page(path)
        room.page("/dokumente", 503)
