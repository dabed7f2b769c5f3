"""Whether a worker is there: said by the system itself, however the worker ends."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search_service.desk.presence import PRESENCE, Presence, Sign

ROOT = Path(__file__).parents[3]
WORKER = """
import sys, time
from pathlib import Path
from search_service.desk.presence import Presence
with Presence(Path(sys.argv[1])).announced():
    print("da", flush=True)
    time.sleep(60)
"""


def test_looking_makes_nothing_and_finds_nobody(tmp_path: Path) -> None:
    assert Presence(tmp_path).look() == Sign(False, None)
    assert list(tmp_path.iterdir()) == []


def test_who_is_there_is_seen_from_another_look_and_again_and_again(tmp_path: Path) -> None:
    presence = Presence(tmp_path)
    with presence.announced():
        assert [Presence(tmp_path).look().is_there, presence.look().is_there, presence.look().is_there] == [True] * 3
        with Presence(tmp_path).announced():
            pass
        assert presence.look().is_there
    sign = presence.look()
    assert sign.is_there is False
    assert sign.seen_at is not None
    assert datetime.now(UTC) - sign.seen_at < timedelta(minutes=1)


def test_a_worker_that_is_killed_is_gone_at_once(tmp_path: Path) -> None:
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    with worker.stdout:
        assert worker.stdout.readline() == "da\n"
        assert Presence(tmp_path).look().is_there
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert Presence(tmp_path).look().is_there is False


def test_what_cannot_be_read_is_told_as_unknown(tmp_path: Path) -> None:
    (tmp_path / PRESENCE).symlink_to(PRESENCE)  # a circle: also root cannot open it
    assert Presence(tmp_path).look() == Sign(None, None)


def test_a_worker_whose_file_was_removed_or_replaced_is_there_again(tmp_path: Path) -> None:
    with Presence(tmp_path).announced() as announcement:
        (tmp_path / PRESENCE).unlink()
        announcement.renew()
        assert Presence(tmp_path).look().is_there
        (tmp_path / "restored").touch()
        (tmp_path / "restored").replace(tmp_path / PRESENCE)
        assert Presence(tmp_path).look().is_there is False
        announcement.note()
        assert Presence(tmp_path).look().is_there
        (tmp_path / PRESENCE).unlink()
    assert Presence(tmp_path).look().is_there is False


def test_who_cannot_write_it_works_on_unseen_and_logs_the_cure_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / PRESENCE).mkdir()  # also root cannot open it to write
    with caplog.at_level(logging.WARNING), Presence(tmp_path).announced() as announcement:
        announcement.note()
        assert len(caplog.records) == 1
        assert "own the file, or delete it" in caplog.text
        (tmp_path / PRESENCE).rmdir()
        announcement.renew()
        assert Presence(tmp_path).look().is_there
