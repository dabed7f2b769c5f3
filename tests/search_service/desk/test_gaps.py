"""Gaps: what is shown, what is not, and what lies on the disk."""

from __future__ import annotations

import logging
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.desk.database import DESK, Database
from search_service.desk.gaps import GAPS_KEY, HIDDEN_DAYS, SHOWN_DAYS, GapCounter, K, find_telling_words

FIRST = date(2026, 3, 2)


class Days:
    """A calendar that a test turns."""

    def __init__(self) -> None:
        self.day = FIRST

    def __call__(self) -> date:
        return self.day

    def later(self, days: int = 1) -> None:
        self.day += timedelta(days=days)


@pytest.fixture
def days() -> Days:
    return Days()


def make_counter(folder: Path, days: Days) -> GapCounter:
    return GapCounter(folder, Database(folder), days)


def texts(counter: GapCounter) -> list[str]:
    return [gap.text for gap in counter.list(100)]


def count_rows(folder: Path) -> int:
    with Database(folder).reading() as connection:
        return connection.execute("SELECT count(*) FROM gaps").fetchone()[0] if connection else 0


def read_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_word_is_shown_from_the_fifth_day_on(tmp_path: Path, days: Days) -> None:
    counter = make_counter(tmp_path, days)
    for _ in range(K - 1):
        counter.listen("Was kostet eine Mondreise?", "192.0.2.1")
        counter.flush()
        days.later()
    assert texts(counter) == []
    assert b"mondreise" not in read_disk(tmp_path).lower()
    counter.listen("Mondreisen buchen", "192.0.2.1")
    counter.flush()
    (gap,) = counter.list(10)
    assert (gap.days, gap.clients, gap.last_month) == (5, 1, date(2026, 3, 1))
    assert gap.text == "mondreisen"


def test_a_word_is_shown_from_the_fifth_client_of_a_day_on(tmp_path: Path, days: Days) -> None:
    counter = make_counter(tmp_path, days)
    for number in range(K - 1):
        counter.listen("Mondbasis", f"192.0.2.{number}")
    counter.flush()
    assert texts(counter) == []
    counter.listen("Mondbasis", "192.0.2.200")
    counter.flush()
    assert [(gap.text, gap.days, gap.clients) for gap in counter.list(10)] == [("mondbasis", 1, K)]


def test_one_who_asks_all_day_counts_once(tmp_path: Path, days: Days) -> None:
    counter = make_counter(tmp_path, days)
    for _ in range(50):
        counter.listen("Mondbasis", "192.0.2.1")
        counter.flush()
    assert texts(counter) == []


def test_clients_of_different_days_are_not_added_up(tmp_path: Path, days: Days) -> None:
    counter = make_counter(tmp_path, days)
    for number in range(6):
        counter.listen("Mondbasis", f"192.0.2.{number}")
        if number == 2:
            days.later()
    counter.flush()
    assert texts(counter) == []


def test_a_restart_shows_nothing_too_early(tmp_path: Path, days: Days) -> None:
    for _ in range(10):
        counter = make_counter(tmp_path, days)
        counter.listen("Mondbasis", "192.0.2.1")
        counter.close()
    assert texts(make_counter(tmp_path, days)) == []


def test_a_restart_does_not_forget_the_days(tmp_path: Path, days: Days) -> None:
    for _ in range(K):
        counter = make_counter(tmp_path, days)
        counter.listen("Mondbasis", "192.0.2.1")
        counter.close()
        days.later()
    assert texts(make_counter(tmp_path, days)) == ["mondbasis"]


def test_what_is_asked_too_rarely_vanishes_after_ninety_days(tmp_path: Path, days: Days) -> None:
    counter = make_counter(tmp_path, days)
    counter.listen("Mondbasis", "192.0.2.1")
    counter.flush()
    days.later(HIDDEN_DAYS + 1)
    counter.listen("Marsflug", "192.0.2.1")
    counter.flush()
    assert count_rows(tmp_path) == 1


def test_what_was_shown_vanishes_after_a_year(tmp_path: Path, days: Days) -> None:
    counter = make_counter(tmp_path, days)
    for number in range(K):
        counter.listen("Mondbasis", f"192.0.2.{number}")
    counter.flush()
    days.later(SHOWN_DAYS)
    assert texts(counter) == ["mondbasis"]
    days.later()
    assert texts(counter) == []


def test_neither_words_nor_addresses_nor_questions_lie_on_the_disk(tmp_path: Path, days: Days) -> None:
    counter = make_counter(tmp_path, days)
    counter.listen("Kündigung Anneliese Wagenknecht Mondbasis", "192.0.2.77")
    counter.close()
    disk = read_disk(tmp_path).lower()
    assert count_rows(tmp_path) == 4
    for word in ("anneliese", "wagenknecht", "mondbasis", "192.0.2.77"):
        assert word.encode() not in disk


def test_the_database_alone_does_not_tell_a_word_that_is_guessed(tmp_path: Path, days: Days) -> None:
    counters = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        counter = make_counter(tmp_path / name, days)
        counter.listen("Mondbasis", "192.0.2.1")
        counter.close()
        connection = sqlite3.connect(tmp_path / name / DESK)
        counters.append(connection.execute("SELECT term FROM gaps").fetchone()[0])
        connection.close()
        assert (tmp_path / name / GAPS_KEY).stat().st_mode & 0o777 == 0o600
    assert counters[0] != counters[1]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Wer hilft mir bei der Mondbasis?", ["hilft", "mondbasis"]),
        ("Anruf unter 0171 2345678 am 3.4.2026, Kunde K4711", ["anruf", "kunde"]),
        ("KI ab 5 %", []),
        ("E-Mail-Verteiler", ["e-mail-verteiler"]),
        ("anneliese@example.org", ["anneliese", "example", "org"]),
        ("x" * 41, []),
        ("", []),
    ],
)
def test_single_words_are_counted_and_no_numbers(question: str, words: list[str]) -> None:
    assert list(find_telling_words(question).values()) == words


def test_a_folder_that_cannot_be_written_is_told_once_and_stops_nothing(
    tmp_path: Path, days: Days, caplog: pytest.LogCaptureFixture
) -> None:
    counter = make_counter(tmp_path / "fehlt", days)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            counter.listen("Mondbasis", "192.0.2.1")
            counter.flush()
        counter.close()
    assert [record.message for record in caplog.records] == [caplog.records[0].message]
    assert "Mondbasis" not in caplog.text


def test_what_could_not_be_written_is_written_later(tmp_path: Path, days: Days) -> None:
    folder = tmp_path / "spaeter"
    counter = make_counter(folder, days)
    for number in range(K):
        counter.listen("Mondbasis", f"192.0.2.{number}")
    counter.flush()
    folder.mkdir()
    counter.close()
    assert texts(counter) == ["mondbasis"]


@settings(max_examples=60)
@given(asked=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 6)), max_size=40))
def test_a_word_is_shown_just_when_enough_days_or_clients_of_one_day_asked_it(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[int, int]]
) -> None:
    days, folder = Days(), tmp_path_factory.mktemp("gaps")
    counter = make_counter(folder, days)
    for day, client in sorted(asked):
        days.day = FIRST + timedelta(days=day)
        counter.listen("Mondbasis", f"192.0.2.{client}")
        counter.flush()
    by_day = {day: {client for when, client in asked if when == day} for day, _ in asked}
    is_shown = len(by_day) >= K or any(len(clients) >= K for clients in by_day.values())
    assert texts(counter) == (["mondbasis"] if is_shown else [])
    assert (b"mondbasis" in read_disk(folder)) is is_shown
