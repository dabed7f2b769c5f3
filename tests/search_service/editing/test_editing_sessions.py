"""Sessions: who is signed in, until when, and that a form becomes one order however often it is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from search_service.desk.database import Database
from search_service.desk.jobs import Job, JobKind, Jobs
from search_service.desk.keys import Key, Keys, Scope
from search_service.errors import DeskUnavailable, KeyRefused
from search_service.site.editing import sessions as module
from search_service.site.editing.sessions import IDLE_SECONDS, LONGEST_SECONDS, Session, Sessions


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(Database(tmp_path))


@pytest.fixture
def key(keys: Keys) -> Key:
    return keys.create("Redaktion", Scope.ADMIN)[0]


def test_a_session_is_found_by_its_id_alone_and_ends_once(keys: Keys, key: Key) -> None:
    sessions = Sessions(keys)
    session_id = sessions.begin(key)
    assert len(session_id) >= 43  # 256 bits in base64
    assert session_id != sessions.begin(key)
    found = sessions.find(session_id)
    assert found is not None
    assert found.key.id == key.id
    assert sessions.find(session_id[:-1]) is None
    assert sessions.find("\udcff") is None
    sessions.end(session_id)
    sessions.end(session_id)
    assert sessions.find(session_id) is None


def test_only_the_hash_of_an_id_is_kept(keys: Keys, key: Key) -> None:
    sessions = Sessions(keys)
    session_id = sessions.begin(key)
    assert session_id not in repr(vars(sessions))
    assert session_id.encode() not in sessions._sessions


def test_what_a_person_does_keeps_a_session_and_what_a_script_asks_does_not(keys: Keys, key: Key) -> None:
    clock = Clock()
    sessions = Sessions(keys, clock)
    kept, idle = sessions.begin(key), sessions.begin(key)
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(kept) is not None
    assert sessions.find(idle, active=False) is not None
    clock.now += 1
    assert sessions.find(idle, active=False) is None
    clock.now += IDLE_SECONDS - 2
    assert sessions.find(kept) is not None
    clock.now += IDLE_SECONDS
    assert sessions.find(kept) is None


def test_no_session_lasts_longer_than_a_day_whatever_is_done(keys: Keys, key: Key) -> None:
    clock = Clock()
    sessions = Sessions(keys, clock)
    session_id = sessions.begin(key)
    for _ in range(3):
        clock.now += LONGEST_SECONDS / 4
        assert sessions.find(session_id) is not None
    clock.now += LONGEST_SECONDS / 4
    assert sessions.find(session_id) is None


def test_a_key_that_is_revoked_ends_its_sessions_at_once(keys: Keys, key: Key) -> None:
    sessions = Sessions(keys)
    session_id, other = sessions.begin(key), sessions.begin(keys.create("Andere", Scope.ADMIN)[0])
    keys.revoke(key.id)
    with pytest.raises(KeyRefused, match="gesperrt"):
        sessions.find(session_id)
    assert sessions.find(session_id) is None
    assert sessions.find(other) is not None


def test_the_least_active_gives_way_to_many(keys: Keys, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SESSIONS", 2)
    clock = Clock()
    sessions = Sessions(keys, clock)
    first, second = sessions.begin(key), sessions.begin(key)
    clock.now += 1
    sessions.find(first)
    third = sessions.begin(key)
    assert [sessions.find(each) is not None for each in (first, second, third)] == [True, False, True]


def test_a_form_becomes_one_order_and_one_that_failed_can_be_sent_again(keys: Keys, key: Key, tmp_path: Path) -> None:
    jobs, session = Jobs(Database(tmp_path)), Session(key, 0.0)

    def add() -> Job:
        return jobs.add(JobKind.PUBLISH)

    def fail() -> Job:
        raise DeskUnavailable("belegt")

    with pytest.raises(DeskUnavailable):
        session.order_once("/x", "a", fail)
    job_id, is_new = session.order_once("/x", "a", add)
    assert is_new
    assert session.order_once("/x", "a", add) == (job_id, False)
    assert session.find_order("/x", "a") == job_id
    assert session.order_once("/x", "b", add)[0] != job_id
    assert session.order_once("/y", "a", add)[0] != job_id
    assert session.order_once("/x", "", add)[1]
    assert session.order_once("/x", "", add)[1]
    assert len(jobs.list(10)) == 5
