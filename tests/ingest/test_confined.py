from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import confined
from ingest.blocks import Block, BlockKind, Extraction, describe_extraction, dump_extraction, load_extraction
from ingest.child import _answer
from ingest.confined import ConfinedExtractor, extract_file
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import NothingToIndex, UnreadableDocument

BLOCKS = st.builds(
    Block, st.sampled_from(BlockKind), st.text(max_size=20), st.none() | st.integers(1, 6), st.none() | st.integers(1, 99),
    st.none() | st.text(max_size=3), st.none() | st.just("print"), st.booleans(),
)  # fmt: skip


@given(st.builds(
    Extraction, st.just("text/plain"), st.none() | st.integers(1, 9), st.lists(BLOCKS, max_size=3).map(tuple),
    st.dictionaries(st.text(max_size=5), st.text(max_size=9) | st.lists(st.text(max_size=5)).map(tuple), max_size=3),
    st.none() | st.text(max_size=9), st.lists(st.text(max_size=9), max_size=2).map(tuple),
))  # fmt: skip
def test_what_goes_over_the_pipe_comes_out_the_same(extraction: Extraction) -> None:
    line = dump_extraction(extraction)
    assert "\n" not in line
    assert load_extraction(line) == extraction


def test_the_json_of_extract() -> None:
    extraction = Extraction("application/pdf", 2, (Block(BlockKind.HEADING, "Titel", 1, 1, "i", "print"),))
    assert describe_extraction("a.pdf", extraction) == {
        "file": "a.pdf",
        "pages": 2,
        "blocks": [{"kind": "heading", "level": 1, "text": "Titel", "page": 1, "label": "i"}],
    }


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_one_process_reads_many_files_and_is_replaced_in_time(tmp_path: Path) -> None:
    path = write(tmp_path / "ä ö.txt", "Größe über alles. Das ist so.")
    with ConfinedExtractor(replace(DEFAULT_LIMITS, files_per_process=2)) as extractor:
        processes = []
        for _ in range(4):
            assert extractor.extract(path).blocks[0].text == "Größe über alles. Das ist so."
            processes.append(extractor._process.pid if extractor._process else None)
    assert processes[0] == processes[1] != processes[2] == processes[3]
    assert extractor._process is None


def test_reasons_come_back_as_the_errors_they_were(tmp_path: Path) -> None:
    with ConfinedExtractor() as extractor:
        with pytest.raises(NothingToIndex, match="Unbekanntes Format"):
            extractor.extract(write(tmp_path / "a.xyz", "x"))
        with pytest.raises(UnreadableDocument, match=r"nicht vorhanden|No such file"):
            extractor.extract(tmp_path / "fehlt.txt")
        assert extractor.extract(write(tmp_path / "a.txt", "Danach geht es weiter.")).blocks


def test_a_hang_costs_one_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hängt.txt")  # reading it waits for a writer who never comes
    limits = replace(DEFAULT_LIMITS, seconds=0.3)
    with ConfinedExtractor(replace(DEFAULT_LIMITS, seconds=30)) as extractor:
        extractor.extract(write(tmp_path / "a.txt", "Vorher geht es."))
        extractor._limits = limits
        with pytest.raises(UnreadableDocument, match="länger als"):
            extractor.extract(tmp_path / "hängt.txt")
        assert extractor._process is None
        assert extractor.extract(write(tmp_path / "b.txt", "Nachher auch.")).blocks


def test_a_file_that_burns_processor_time_is_given_up(tmp_path: Path) -> None:
    path = write(tmp_path / "lang.txt", "Ein Satz mit Wörtern, der lang ist.\n\n" * 400_000)
    with (
        ConfinedExtractor(replace(DEFAULT_LIMITS, cpu_seconds=0)) as extractor,
        pytest.raises(UnreadableDocument, match="dauerte länger"),
    ):
        extractor.extract(path)


def test_a_file_that_swells_in_memory_is_given_up(tmp_path: Path) -> None:
    path = write(tmp_path / "groß.txt", "ä" * 60_000_000)
    with ConfinedExtractor(replace(DEFAULT_LIMITS, memory_bytes=500_000_000)) as extractor:
        with pytest.raises(UnreadableDocument, match=r"Arbeitsspeicher|Absturz"):
            extractor.extract(path)
        assert extractor.extract(write(tmp_path / "b.txt", "Nachher geht es.")).blocks


def test_too_much_text_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "viel.txt", "Ein Wort. " * 500)
    with (
        ConfinedExtractor(replace(DEFAULT_LIMITS, text_characters=1000)) as extractor,
        pytest.raises(UnreadableDocument, match="mehr Text"),
    ):
        extractor.extract(path)


def test_too_many_paragraphs_are_refused_before_they_reach_the_parent(tmp_path: Path) -> None:
    path = write(tmp_path / "viele.txt", "Ein Absatz steht hier.\n\n" * 11)
    with ConfinedExtractor(replace(DEFAULT_LIMITS, blocks=11)) as extractor:
        assert len(extractor.extract(path).blocks) == 11
    with (
        ConfinedExtractor(replace(DEFAULT_LIMITS, blocks=10)) as extractor,
        pytest.raises(UnreadableDocument, match=r"mehr als 10 Absätze.*teilen"),
    ):
        extractor.extract(path)


def test_a_reply_too_long_is_a_matter_of_text_and_not_of_memory(tmp_path: Path) -> None:
    limits = replace(DEFAULT_LIMITS, reply_bytes=100)
    reply = _answer(write(tmp_path / "lang.txt", "Ein Wort. " * 50), limits, (), None)
    assert "gibt mehr Text her" in reply
    assert "Arbeitsspeicher" not in reply


def test_a_crash_costs_one_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "Ein Absatz.")
    os.mkfifo(tmp_path / "stürzt ab.txt")  # the process waits in it until it is killed
    with ConfinedExtractor() as extractor:
        extractor.extract(path)
        assassin = threading.Timer(0.3, extractor.kill)
        assassin.start()
        with pytest.raises(UnreadableDocument, match="Absturz"):
            extractor.extract(tmp_path / "stürzt ab.txt")
        assassin.join()
        assert extractor.extract(path).blocks[0].text == "Ein Absatz."


def test_no_file_pays_for_a_process_that_ended_between_two_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "Ein Absatz.")
    with ConfinedExtractor() as extractor:
        extractor.extract(path)
        assert extractor._process is not None
        os.kill(extractor._process.pid, signal.SIGKILL)
        extractor._process.wait()
        assert extractor.extract(path).blocks[0].text == "Ein Absatz."


def test_passwords_are_tried_in_turn_and_never_seen_from_outside(locked: Path) -> None:
    with ConfinedExtractor(passwords=("falsch", "geheim")) as extractor:
        assert extractor.extract(locked).page_count == 4
        assert extractor._process is not None
        folder = Path("/proc") / str(extractor._process.pid)
        if folder.is_dir():
            assert b"geheim" not in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
    for passwords in ((), ("falsch",)):
        with ConfinedExtractor(passwords=passwords) as extractor, pytest.raises(UnreadableDocument, match="Passwort"):
            extractor.extract(locked)


class FakeProcess:
    """Says what a process might say, through a real pipe that stays open."""

    def __init__(self, said: bytes) -> None:
        source, self._target = os.pipe()
        os.write(self._target, said)
        self.stdout = os.fdopen(source, "rb", buffering=0)
        self.stdin = io.BytesIO()

    def __enter__(self) -> FakeProcess:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._target)
        self.stdout.close()


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (b"error {}\n", "error {}\n"),
        (b"page\npage\npage\nextraction {}\n", "extraction {}\n"),
        (b"error {}\npage\n", "error {}\npage\n"),  # out of turn: no reply that can be read
    ],
)
def test_pages_come_before_the_reply(said: bytes, reply: str) -> None:
    with FakeProcess(said) as process:
        assert ConfinedExtractor()._ask(process, {"path": "a.pdf"}, 0.0) == reply


@pytest.mark.parametrize(("pages", "seconds"), [(0, 1), (2, 3), (4, 4)])
def test_every_page_of_text_recognition_earns_time_up_to_a_bound(pages: int, seconds: int) -> None:
    limits = replace(DEFAULT_LIMITS, seconds=1.0, ocr_seconds_per_page=1.0, ocr_pages=3)
    with FakeProcess(b"page\n" * pages) as process, pytest.raises(UnreadableDocument, match=f"länger als {seconds} Sek"):
        ConfinedExtractor(limits)._ask(process, {"path": "a.pdf"}, 0.1 - seconds)


def start(code: str) -> subprocess.Popen[bytes]:
    """Start a process that says and does what a reader under foreign control might."""
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def test_a_process_that_falls_silent_and_lives_is_not_waited_for() -> None:
    process = start("import os, time; os.close(1); time.sleep(8)")
    try:
        with pytest.raises(UnreadableDocument, match="Absturz"):
            ConfinedExtractor()._ask(process, {"path": "a.pdf"}, 0.0)
        assert process.poll() is None
    finally:
        end(process)


def test_a_flood_of_lines_earns_no_time_though_something_always_lies_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "READ_SIZE", len(b"page\n"))
    limits = replace(DEFAULT_LIMITS, seconds=0.0, ocr_pages=0)
    with FakeProcess(b"page\n" * 1000 + b"extraction {}\n") as process, pytest.raises(UnreadableDocument, match="länger als"):
        ConfinedExtractor(limits)._ask(process, {"path": "a.pdf"}, 0.0)


@pytest.mark.parametrize(
    ("said", "level"),
    [
        (b"confined calls files privileges signals\n", None),
        (b"confined calls privileges\n", logging.INFO),
        (b"confined privileges\n", logging.WARNING),
        (b"confined\n", logging.WARNING),
    ],
)
def test_protections_that_are_missing_are_logged_once(said: bytes, level: int | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ingest.confined")
    extractor = ConfinedExtractor()
    for _ in range(2):
        with FakeProcess(said + b"page\nerror {}\n") as process:
            assert extractor._ask(process, {"path": "a.pdf"}, 0.0) == "error {}\n"
    assert [record.levelno for record in caplog.records] == ([] if level is None else [level])


def test_a_process_says_what_is_in_force_before_it_reads(tmp_path: Path) -> None:
    with ConfinedExtractor() as extractor:
        extractor.extract(write(tmp_path / "a.txt", "Ein Absatz."))
        assert extractor._guards is not None
        assert sys.platform != "linux" or {"calls", "privileges"} <= extractor._guards


def test_reading_one_file_by_itself(tmp_path: Path) -> None:
    assert extract_file(write(tmp_path / "a.txt", "Ein Absatz.")).blocks[0].text == "Ein Absatz."
    (tmp_path / "leer.pdf").touch()
    with pytest.raises(UnreadableDocument, match="0 Byte"):
        extract_file(tmp_path / "leer.pdf")
    with pytest.raises(UnreadableDocument, match="nicht vorhanden"):
        extract_file(tmp_path / "fehlt.pdf")
