"""Orders while the state that answers is not the newest: what there is, only the worker knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.desk.jobs import JobKind, JobState
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.searcher import Searcher
from tests.search_service.managed import ADMIN, Office, open_office
from tests.search_service.served import problem
from tests.search_service.small_library import GUIDE, TEXT, build_library
from tests.stand_in_embedder import HashedWordsEmbedder

UNKNOWN = "d" + "f" * 16


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A desk beside the states 1 and 2; in 2 a document is withdrawn."""
    build_library(tmp_path)
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        knowledge_base.withdraw(TEXT, "Enthielt Namen.")
        assert knowledge_base.publish() == 2
    with open_office(Searcher(Reader(tmp_path / "kb"), HashedWordsEmbedder()), tmp_path / "kb") as office:
        yield office


def order_all(office: Office, document_id: str) -> dict[str, int]:
    """Order everything that can be done with a document; return the status by what was ordered."""
    path = f"{ADMIN}/documents/{document_id}"
    answers = {
        "withdraw": office.client.post(f"{path}/withdraw", json={}),
        "restore": office.client.post(f"{path}/restore"),
        "edit": office.client.patch(f"{path}/metadata", json={"year": 2026}),
        "replace": office.client.put(f"{path}/file", files={"file": ("neu.txt", b"Neu.")}),
    }
    return {name: answer.status_code for name, answer in answers.items()}


def finish_all(office: Office) -> None:
    while (job := office.desk.jobs.take_next()) is not None:
        office.desk.jobs.finish(job.id, JobState.DONE, "Erledigt.")


def roll_back(office: Office) -> None:
    """Let state 1 answer again, in which nothing had been withdrawn."""
    with KnowledgeBase(office.desk.root) as knowledge_base:
        knowledge_base.restore(TEXT)
        knowledge_base.roll_back(1)
        knowledge_base.withdraw(TEXT)


def test_in_the_newest_state_an_unknown_document_cannot_be_changed(office: Office) -> None:
    assert set(order_all(office, UNKNOWN).values()) == {404}
    problem(office.client.post(f"{ADMIN}/documents/{GUIDE}/restore"), 404)
    problem(office.client.post(f"{ADMIN}/documents/{TEXT}/withdraw", json={}), 410)
    assert office.desk.jobs.list(1) == []


def test_while_an_earlier_state_answers_every_order_is_taken(office: Office) -> None:
    roll_back(office)
    for document_id in (UNKNOWN, TEXT, GUIDE):
        assert set(order_all(office, document_id).values()) == {202}
        finish_all(office)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_while_a_job_is_to_come_every_order_is_taken_and_afterwards_not(office: Office, state: JobState) -> None:
    job = office.desk.jobs.add(JobKind.PUBLISH)
    if state is JobState.RUNNING:
        office.desk.jobs.take_next()
    assert office.client.post(f"{ADMIN}/documents/{UNKNOWN}/restore").status_code == 202
    office.desk.jobs.finish(job.id, JobState.DONE, "Erledigt.")
    finish_all(office)
    problem(office.client.post(f"{ADMIN}/documents/{UNKNOWN}/restore"), 404)


@pytest.mark.parametrize("odd", ["unbekannt", "d123", "D" + "f" * 16, "d" + "f" * 17, "d" + "F" * 16, UNKNOWN + "%0a"])
def test_what_is_no_id_names_no_document_in_any_state(office: Office, odd: str) -> None:
    roll_back(office)
    office.desk.jobs.add(JobKind.PUBLISH)
    assert set(order_all(office, odd).values()) == {404}
