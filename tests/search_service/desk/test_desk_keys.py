"""Keys: their life from creation to revocation, and what is kept of them."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search_service.desk.database import DESK, Database
from search_service.desk.keys import Keys, Scope
from search_service.errors import InvalidSettings, KeyRefused, NotFound


class Clock:
    def __init__(self, day: int = 1) -> None:
        self.now = datetime(2026, 3, day, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path, clock: Clock) -> Keys:
    return Keys(Database(tmp_path), clock)


def test_a_key_is_shown_once_and_opens_until_it_is_revoked(keys: Keys, clock: Clock) -> None:
    key, text = keys.create("  Portal\tdes HUB ", Scope.SEARCH)
    assert text.startswith(f"cw_{key.id}_")
    assert len(text) == 3 + 8 + 1 + 43
    assert (key.name, key.scope, key.last_used, key.expires, key.revoked_at) == ("Portal des HUB", "search", None, None, None)
    assert keys.check(text).id == key.id
    (listed,) = keys.list()
    assert listed.last_used == date(2026, 3, 1)
    assert keys.revoke(key.id).revoked_at == clock.now
    with pytest.raises(KeyRefused, match="„Portal des HUB“ ist gesperrt"):
        keys.check(text)


def test_the_use_of_a_key_is_recorded_by_day_only(keys: Keys, clock: Clock, tmp_path: Path) -> None:
    _, text = keys.create("Portal", Scope.SEARCH)
    keys.check(text)
    before = (tmp_path / DESK).read_bytes()
    clock.now = clock.now.replace(hour=23)
    keys.check(text)
    assert (tmp_path / DESK).read_bytes() == before
    clock.now = clock.now.replace(day=2)
    keys.check(text)
    assert keys.list()[0].last_used == date(2026, 3, 2)


def test_a_key_holds_through_its_last_day(keys: Keys, clock: Clock) -> None:
    _, text = keys.create("Praktikum", Scope.ADMIN, date(2026, 3, 5))
    clock.now = datetime(2026, 3, 5, 23, 59, tzinfo=UTC)
    assert keys.check(text).scope is Scope.ADMIN
    clock.now = datetime(2026, 3, 6, 0, 0, tzinfo=UTC)
    with pytest.raises(KeyRefused, match=r"am 5\. März 2026 abgelaufen"):
        keys.check(text)


def test_the_administration_includes_the_search_and_not_the_other_way_round(keys: Keys) -> None:
    admin, search = keys.create("a", Scope.ADMIN)[0], keys.create("b", Scope.SEARCH)[0]
    assert [admin.opens(Scope.ADMIN), admin.opens(Scope.SEARCH)] == [True, True]
    assert [search.opens(Scope.ADMIN), search.opens(Scope.SEARCH)] == [False, True]


def test_a_revoked_key_stays_revoked_at_the_first_time(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("Portal", Scope.SEARCH)
    first = keys.revoke(key.id).revoked_at
    clock.now = clock.now.replace(day=9)
    assert keys.revoke(key.id).revoked_at == first


@pytest.mark.parametrize("name", ["", " \t", "x" * 101, "a\x00b", "a\u202eb"])
def test_a_name_must_be_readable(keys: Keys, name: str) -> None:
    with pytest.raises(InvalidSettings, match="braucht einen Namen"):
        keys.create(name, Scope.ADMIN)


def test_a_key_that_has_expired_already_is_not_made(keys: Keys) -> None:
    with pytest.raises(InvalidSettings, match="schon vorbei"):
        keys.create("Portal", Scope.ADMIN, date(2026, 2, 28))


def test_revoking_what_is_not_there_says_where_the_ids_stand(keys: Keys) -> None:
    with pytest.raises(NotFound, match="change-wissen keys list"):
        keys.revoke("unbekannt")


def test_nothing_on_the_disk_and_in_the_log_gives_the_key_away(
    keys: Keys, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, text = keys.create("Portal", Scope.ADMIN)
    keys.check(text)
    secret = text.rpartition("_")[2].encode()
    assert all(secret not in path.read_bytes() for path in tmp_path.iterdir())
    assert text not in repr(key)
    assert secret.decode() not in caplog.text


def test_the_files_of_the_desk_are_for_the_service_alone(keys: Keys, tmp_path: Path) -> None:
    keys.create("Portal", Scope.ADMIN)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_without_a_desk_no_key_holds_and_none_is_made(keys: Keys, tmp_path: Path) -> None:
    with pytest.raises(KeyRefused):
        keys.check(f"cw_{'a' * 8}_{'b' * 43}")
    assert keys.list() == []
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 54), sign=st.sampled_from("aA0_-ß \x00"))
def test_a_key_with_another_sign_anywhere_does_not_hold(keys: Keys, place: int, sign: str) -> None:
    _, text = keys.create("Portal", Scope.ADMIN)
    changed = text[:place] + sign + text[place + 1 :]
    if changed == text:
        assert keys.check(changed)
    else:
        with pytest.raises(KeyRefused) as refused:
            keys.check(changed)
        assert text not in str(refused.value)
        assert changed not in str(refused.value)
