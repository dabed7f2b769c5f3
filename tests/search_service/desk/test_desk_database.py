"""The desk's database: made when it is needed, whole or not at all, and told of where it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search_service.desk.database import DESK, DESK_FORMAT, Database
from search_service.desk.jobs import JobKind, Jobs
from search_service.errors import DeskUnavailable

ROOT = Path(__file__).parents[3]
NOBODY = 65_534


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with Database(tmp_path).reading() as connection:
        assert connection is None
    assert list(tmp_path.iterdir()) == []


def test_writing_makes_a_desk_of_todays_format_for_the_owner_alone(tmp_path: Path) -> None:
    with Database(tmp_path).writing() as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == DESK_FORMAT
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert (tmp_path / DESK).stat().st_mode & 0o777 == 0o600


def test_many_at_once_make_one_desk(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        added = set(pool.map(lambda _: Jobs(Database(tmp_path)).add(JobKind.PUBLISH).id, range(8)))
    assert {job.id for job in Jobs(Database(tmp_path)).list(100)} == added


def test_what_fails_inside_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path)
    job_id = Jobs(database).add(JobKind.PUBLISH).id
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute("DELETE FROM jobs")
        raise ZeroDivisionError
    assert Jobs(database).find(job_id) is not None


def test_a_desk_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    Jobs(Database(tmp_path)).add(JobKind.PUBLISH)
    with sqlite3.connect(tmp_path / DESK) as connection:
        connection.execute(f"PRAGMA user_version = {DESK_FORMAT + 1}")
    connection.close()
    with pytest.raises(DeskUnavailable, match="neuere Version"):
        Jobs(Database(tmp_path)).list(1)


def test_a_damaged_desk_is_told_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / DESK).write_bytes(b"das ist keine Datenbank" * 1000)
    with pytest.raises(DeskUnavailable, match="beschädigt"):
        Jobs(Database(tmp_path)).list(1)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeskUnavailable, match="gibt es nicht"):
        Jobs(Database(tmp_path / "fehlt")).add(JobKind.PUBLISH)


def test_a_writer_waits_no_longer_than_it_has_patience(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with database.writing(), pytest.raises(DeskUnavailable, match="belegt"), database.writing(patience=0.0):
        pass


def test_a_folder_that_is_only_readable_can_be_read(tmp_path: Path) -> None:
    """As root, whom no right keeps out, the reading is done as nobody."""
    program = (
        "import os, sys; from pathlib import Path\n"
        "from search_service.desk.database import Database; from search_service.desk.jobs import JobKind, Jobs\n"
        "from search_service.desk.gaps import GapCounter, find_telling_words\n"
        "from search_service.errors import DeskUnavailable\n"
        "find_telling_words('Mondbasis')  # reads the word lists, which nobody may have no right to\n"
        f"os.getuid() or (os.setgid({NOBODY}), os.setuid({NOBODY}))\n"
        "folder = Path(sys.argv[1]); jobs = Jobs(Database(folder)); print(len(jobs.list(10)))\n"
        "gaps = GapCounter(folder, Database(folder))\n"
        "gaps.listen('Mondbasis', '192.0.2.1'); gaps.flush(); print(gaps.list(5))\n"
        "try: jobs.add(JobKind.PUBLISH)\n"
        "except DeskUnavailable as error: print(error)\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Jobs(Database(folder)).add(JobKind.PUBLISH)
        (folder / DESK).chmod(0o644)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", program, name], cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ)
        )
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    count, gaps, refusal = done.stdout.splitlines()
    assert (count, gaps) == ("1", "[]")
    assert "Rechte und freien Speicherplatz" in refusal
