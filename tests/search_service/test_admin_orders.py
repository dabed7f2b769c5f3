"""The administration beside uploads: orders become jobs, and what there is can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from search_service.desk.gaps import K
from search_service.desk.jobs import JobKind, JobState
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.problems import MAX_BODY_BYTES
from search_service.searcher import Searcher
from tests.search_service.managed import ADMIN, Office, open_office
from tests.search_service.served import problem
from tests.search_service.small_library import DOCUMENTS, GUIDE, TEXT, build_library
from tests.stand_in_embedder import HashedWordsEmbedder


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A desk beside a knowledge base in which a document has been withdrawn."""
    root = tmp_path_factory.mktemp("library")
    build_library(root)
    with KnowledgeBase(root / "kb") as knowledge_base:
        knowledge_base.withdraw(TEXT, "Enthielt Namen.")
        knowledge_base.publish()
    with open_office(Searcher(Reader(root / "kb"), HashedWordsEmbedder()), root / "kb") as office:
        yield office


@pytest.fixture(autouse=True)
def nothing_to_come(office: Office) -> None:
    """Finish the jobs of the tests before: while one is to come, every order is taken."""
    while (job := office.desk.jobs.take_next()) is not None:
        office.desk.jobs.finish(job.id, JobState.DONE, "Erledigt.")


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "metadata"),
    [
        ("post", f"/documents/{GUIDE}/withdraw", {"reason": " Die  Richtlinie ist ausgelaufen. "}, JobKind.WITHDRAW,
         {"reason": "Die Richtlinie ist ausgelaufen."}),
        ("post", f"/documents/{GUIDE}/withdraw", {}, JobKind.WITHDRAW, {}),
        ("post", f"/documents/{TEXT}/restore", None, JobKind.RESTORE, {}),
        ("patch", f"/documents/{GUIDE}/metadata", {"year": 2026, "note": None}, JobKind.EDIT, {"year": 2026, "note": None}),
        ("post", "/reindex", None, JobKind.REINDEX, {}),
        ("post", "/publish", None, JobKind.PUBLISH, {}),
        ("post", "/generations/1/rollback", None, JobKind.ROLL_BACK, {}),
    ],
)  # fmt: skip
def test_an_order_becomes_a_job(office: Office, method: str, path: str, body: object, kind: JobKind, metadata: object) -> None:
    answer = office.client.request(method, f"{ADMIN}{path}", json=body)
    assert answer.status_code == 202, answer.text
    job = office.desk.jobs.find(answer.json()["id"])
    assert job is not None
    assert (job.kind, job.state, job.metadata) == (kind, JobState.QUEUED, metadata)
    assert job.document_id == (path.split("/")[2] if path.startswith("/documents") else None)
    assert job.generation == (1 if kind is JobKind.ROLL_BACK else None)
    assert answer.headers["location"] == f"{ADMIN}/jobs/{job.id}"


def test_what_is_withdrawn_is_said_to_be(office: Office) -> None:
    answer = office.client.post(f"{ADMIN}/documents/{TEXT}/withdraw", json={})
    told = problem(answer, 410)["detail"]
    assert "Enthielt Namen" in told
    assert "zuerst wiederherstellen" in told


def test_what_is_withdrawn_can_be_put_right(office: Office) -> None:
    answers = (
        office.client.patch(f"{ADMIN}/documents/{TEXT}/metadata", json={"year": 2026}),
        office.client.put(f"{ADMIN}/documents/{TEXT}/file", files={"file": ("neu.txt", b"Ohne Namen.")}),
    )
    assert [(answer.status_code, answer.json()["document_id"]) for answer in answers] == [(202, TEXT)] * 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/documents/unbekannt/withdraw", {}),
        ("post", f"/documents/{GUIDE}/restore", None),
        ("patch", "/documents/..%2f..%2fetc/metadata", {"year": 2026}),
        ("patch", "/documents/unbekannt/metadata", {"year": 2026}),
        ("post", "/generations/99/rollback", None),
        ("post", f"/generations/{'9' * 40}/rollback", None),
        ("get", "/jobs/unbekannt", None),
        ("get", "/nichts", None),
    ],
)
def test_what_is_not_there_cannot_be_changed(office: Office, method: str, path: str, body: object) -> None:
    before = len(office.desk.jobs.list(1000))
    problem(office.client.request(method, f"{ADMIN}{path}", json=body), 404)
    assert len(office.desk.jobs.list(1000)) == before


@pytest.mark.parametrize("odd", ["%00", "%F0%9F", "%0d%0aX:%20y", "%2e%2e%2f%2e%2e", "%ED%A0%80", "a" * 5000])
def test_an_odd_id_is_no_job_and_no_document(office: Office, odd: str) -> None:
    for method, path in (("get", f"/jobs/{odd}"), ("post", f"/documents/{odd}/restore")):
        answer = office.client.request(method, f"{ADMIN}{path}")
        assert answer.status_code in (404, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert "x" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("patch", f"/documents/{GUIDE}/metadata", {}, "Es ist kein Feld angegeben"),
        ("patch", f"/documents/{GUIDE}/metadata", {"jahr": 2026}, "Das Feld „jahr“ gibt es nicht. Erlaubt sind: title,"),
        ("patch", f"/documents/{GUIDE}/metadata", [], "muss ein JSON-Objekt sein"),
        ("post", f"/documents/{GUIDE}/withdraw", {"reason": "x" * 501}, "höchstens 500"),
        ("post", f"/documents/{GUIDE}/withdraw", {"grund": "x"}, "Erlaubt sind: reason."),
        ("post", "/generations/0/rollback", None, "nicht möglich"),
        ("get", "/jobs?limit=0", None, "zwischen 1 und 100"),
        ("get", "/jobs?limit=viele", None, "muss eine ganze Zahl sein"),
        ("get", "/jobs?before=xyz", None, "Auftrag mit der Kennung „xyz“ gibt es nicht"),
        ("get", "/jobs?seite=2", None, "Erlaubt sind: limit, before."),
        ("get", "/gaps?limit=1001", None, "zwischen 1 und 1000"),
    ],
)
def test_what_cannot_be_meant_is_told_in_german(office: Office, method: str, path: str, body: object, told: str) -> None:
    assert told in problem(office.client.request(method, f"{ADMIN}{path}", json=body), 422)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "place"),
    [
        ("get", "/jobs?before=xyz", None, {"parameter": "before"}),
        ("get", "/gaps?limit=0", None, {"parameter": "limit"}),
        ("patch", f"/documents/{GUIDE}/metadata", {}, {"pointer": "#"}),
    ],
)
def test_what_cannot_be_meant_is_told_where(
    office: Office, method: str, path: str, body: object, place: dict[str, str]
) -> None:
    told = problem(office.client.request(method, f"{ADMIN}{path}", json=body), 422)
    assert told["errors"] == [{**place, "detail": told["detail"]}]


def test_jobs_are_listed_page_by_page(office: Office) -> None:
    ids = [office.desk.jobs.add(JobKind.PUBLISH).id for _ in range(5)]
    page = office.client.get(f"{ADMIN}/jobs", params={"limit": 3}).json()
    assert [job["id"] for job in page["jobs"]] == ids[:1:-1]
    page = office.client.get(page["next"]).json()
    assert [job["id"] for job in page["jobs"]][:2] == [ids[1], ids[0]]
    last = office.client.get(f"{ADMIN}/jobs", params={"limit": 100}).json()
    assert last["next"] is None


def test_a_finished_job_tells_what_became_of_the_files(office: Office) -> None:
    job_id = office.desk.jobs.add(JobKind.ADD, file="a.pdf").id
    report = {"totals": {"failed": 1}, "files": [{"path": "a.pdf", "state": "failed", "reason": "Die Datei ist beschädigt."}]}
    office.desk.jobs.finish(job_id, JobState.FAILED, "Die Datei ist beschädigt.", report)
    answer = office.client.get(f"{ADMIN}/jobs/{job_id}").json()
    assert (answer["state"], answer["detail"], answer["report"]) == ("failed", "Die Datei ist beschädigt.", report)
    (listed,) = office.client.get(f"{ADMIN}/jobs", params={"limit": 1}).json()["jobs"]
    assert listed == {**answer, "report": {"totals": {"failed": 1}}}


def test_generations_are_listed_with_the_one_that_answers(office: Office) -> None:
    listed = office.client.get(f"{ADMIN}/generations").json()["generations"]
    assert [(each["number"], each["documents"], each["current"]) for each in listed] == [
        (2, DOCUMENTS - 1, True), (1, DOCUMENTS, False)
    ]  # fmt: skip


def test_withdrawn_documents_are_listed_with_their_reason(office: Office) -> None:
    (withdrawn,) = office.client.get(f"{ADMIN}/withdrawn").json()["documents"]
    assert (withdrawn["id"], withdrawn["title"], withdrawn["reason"]) == (TEXT, "Schichtbuch", "Enthielt Namen.")


def test_gaps_are_shown_from_five_on(office: Office) -> None:
    for number in range(K):
        office.desk.gaps.note({"mondbas": "mondbasis"}, f"192.0.2.{number}", date.today())
        office.desk.gaps.note({"marsflug": "marsflug"}, "192.0.2.1", date.today())
    office.desk.gaps.flush()
    answer = office.client.get(f"{ADMIN}/gaps").json()
    assert answer["threshold"] == 5
    assert [(gap["text"], gap["days"], gap["clients"]) for gap in answer["gaps"]] == [("mondbasis", 1, 5)]


@pytest.mark.parametrize("path", ["/jobs", "/gaps", "/generations", "/withdrawn"])
def test_every_list_answers_head_as_well(office: Office, path: str) -> None:
    answer = office.client.head(f"{ADMIN}{path}")
    assert (answer.status_code, answer.content) == (200, b"")


def test_only_uploads_may_be_long(office: Office) -> None:
    long = b'{"note": "' + b"x" * MAX_BODY_BYTES + b'"}'
    for headers in ({}, {"authorization": ""}):  # bodies are read before keys are looked at
        answer = office.client.patch(f"{ADMIN}/documents/{GUIDE}/metadata", content=long, headers=headers)
        assert "größer als 64 KiB" in problem(answer, 413)["detail"]


def test_a_damaged_desk_is_told_and_the_search_goes_on(searcher: Searcher, tmp_path: Path) -> None:
    with open_office(searcher, tmp_path) as office:
        for path in tmp_path.glob("desk.sqlite*"):
            path.write_bytes(b"kaputt" * 2000)
        answer = office.client.get(f"{ADMIN}/jobs")
        assert str(tmp_path) not in answer.text
        problem(answer, 503)
        assert office.client.get("/api/v1/search", params={"q": "Schichtplanung"}).status_code == 200
