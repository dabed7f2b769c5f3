from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.blocks import Extraction
from ingest.limits import DEFAULT_LIMITS
from ingest.passwords import read_passwords
from ingest.pool import ExtractorPool
from search_service.errors import InvalidSettings, NothingToIndex, UnreadableDocument


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_files_come_back_in_the_order_offered_and_a_bad_one_costs_itself_only(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "2.txt")  # hangs
    for number in (0, 1, 3, 4, 5, 6):
        write(tmp_path / f"{number}.txt", f"Absatz Nummer {number} steht hier.")
    write(tmp_path / "4.xyz", "unbekannt")
    paths = [tmp_path / name for name in ("0.txt", "1.txt", "2.txt", "3.txt", "4.xyz", "4.txt", "5.txt", "6.txt")]
    with ExtractorPool(replace(DEFAULT_LIMITS, seconds=1.5)) as pool:
        results = list(pool.extract_all(paths))
    assert [path for path, _ in results] == paths
    outcome = [result.blocks[0].text[14:15] if isinstance(result, Extraction) else type(result) for _, result in results]
    assert outcome == ["0", "1", UnreadableDocument, "3", NothingToIndex, "4", "5", "6"]
    assert "länger als" in str(results[2][1])


def test_files_that_need_no_reading_keep_their_place_and_cost_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "Ein Absatz.")
    drawn: list[int] = []

    def decide() -> Iterator[tuple[int, Path | None]]:
        for number in range(40):
            drawn.append(number)
            yield number, path if number % 4 == 3 else None

    with ExtractorPool(processes=1) as pool:
        ahead = []
        for number, reading in pool.read_ahead(decide()):
            ahead.append(len(drawn) - number - 1)
            if number % 4 == 3:
                assert reading is not None
                assert reading.result().blocks[0].text == "Ein Absatz."
            else:
                assert reading is None
        assert len(ahead) == 40
        assert max(ahead) <= 2  # two items a process: what was decided is never old


def test_one_file_can_be_read_in_between(tmp_path: Path) -> None:
    with ExtractorPool(processes=1) as pool:
        assert pool.extract(write(tmp_path / "a.txt", "Ein Absatz.")).blocks
        with pytest.raises(UnreadableDocument):
            pool.extract(tmp_path / "fehlt.txt")


def test_leaving_early_ends_all_processes_at_once(tmp_path: Path) -> None:
    paths = []
    for number in range(6):
        paths.append(tmp_path / f"{number}.txt")
        os.mkfifo(paths[-1])
    with ExtractorPool(replace(DEFAULT_LIMITS, seconds=300)) as pool:
        readings = pool.read_ahead((path, path) for path in paths)
        _, reading = next(readings)
    assert reading is not None
    assert isinstance(reading.exception(timeout=10), UnreadableDocument)
    assert [extractor._process for extractor in pool._processes] == [None, None]


def test_a_file_of_passwords(tmp_path: Path) -> None:
    path = tmp_path / "passwörter.txt"
    path.write_bytes("\ufeffgeheim\r\n\r\n mit Rand \nÄpfel\ngeheim\n".encode())
    assert read_passwords(path) == ("geheim", " mit Rand ", "Äpfel")
    for content, message in (
        (b"\n\n", "kein Passwort"),
        (b"\xff\xfe", "UTF-8"),
        (b"".join(b"%d\n" % n for n in range(1001)), "mehr"),
    ):
        path.write_bytes(content)
        with pytest.raises(InvalidSettings, match=message):
            read_passwords(path)
    with pytest.raises(InvalidSettings, match="lässt sich nicht lesen"):
        read_passwords(tmp_path / "fehlt.txt")
