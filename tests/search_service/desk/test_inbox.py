"""The inbox: files arrive whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from collections import namedtuple
from pathlib import Path

import pytest

from search_service.desk.inbox import Inbox
from search_service.desk.jobs import make_job_id
from search_service.errors import DeskUnavailable, FileTooLarge, InvalidQuery, NoSpace, UnsuitableFile

Usage = namedtuple("Usage", "total used free")


def names(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_file_lies_under_its_job_and_is_for_the_service_alone(tmp_path: Path) -> None:
    inbox, job_id = Inbox(tmp_path), make_job_id()
    upload = inbox.receive(job_id, "../Übergabe.pdf")
    upload.write(b"%PDF-")
    upload.write(b"1.7")
    upload.keep()
    path = inbox.path(job_id, upload.name)
    assert names(tmp_path) == [f"inbox/{job_id}/Übergabe.pdf"]
    assert path.read_bytes() == b"%PDF-1.7"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    inbox.discard(job_id)
    inbox.discard(job_id)
    assert names(tmp_path) == []


def test_a_file_may_be_as_large_as_the_limit_and_not_a_byte_larger(tmp_path: Path) -> None:
    upload = Inbox(tmp_path, max_size=8).receive(make_job_id(), "a.txt")
    upload.write(b"12345678")
    with pytest.raises(FileTooLarge, match="größer als 0 MB"):
        upload.write(b"9")
    upload.close()


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    upload = Inbox(tmp_path).receive(make_job_id(), "a.txt")
    with pytest.raises(InvalidQuery, match="leer"):
        upload.keep()
    upload.close()


def test_a_name_that_is_no_document_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnsuitableFile):
        Inbox(tmp_path).receive(make_job_id(), "programm.exe")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_and_while_a_file_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 50_000_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free))
    inbox = Inbox(tmp_path, kept_free=10_000_000)
    with pytest.raises(NoSpace, match="nicht genug Platz"):
        inbox.receive(make_job_id(), "a.txt", announced=40_000_001)
    upload = inbox.receive(make_job_id(), "a.txt")
    free = 9_000_000
    with pytest.raises(NoSpace):
        upload.write(bytes(16_000_000))
    upload.close()


def test_a_disk_that_fails_is_told_in_german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = Inbox(tmp_path).receive(make_job_id(), "a.txt")

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(DeskUnavailable, match="kein Speicherplatz mehr"):
        upload.write(b"x")
    upload.close()


def test_what_a_crash_left_vanishes_after_a_day_and_nothing_else(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    orphan, waiting, fresh = (make_job_id() for _ in range(3))
    for job_id in (orphan, waiting, fresh):
        upload = inbox.receive(job_id, "a.txt")
        upload.write(b"x")
        upload.keep()
    foreign = tmp_path / "inbox" / "notizen"
    foreign.mkdir()
    yesterday = time.time() - 25 * 3600
    for folder in (tmp_path / "inbox" / orphan, tmp_path / "inbox" / waiting, foreign):
        os.utime(folder, (yesterday, yesterday))
    inbox.drop_orphans(lambda job_id: job_id == waiting)
    assert sorted(path.name for path in (tmp_path / "inbox").iterdir()) == sorted([waiting, fresh, "notizen"])
