"""Uploads that are refused or given up: the sender reads the refusal, the loop is not held up, nothing is left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.desk.inbox import Inbox
from search_service.desk.jobs import Jobs
from search_service.errors import DeskUnavailable
from search_service.searcher import Searcher
from tests.search_service.managed import ADMIN, Office, open_office
from tests.search_service.served import problem
from tests.search_service.small_library import GUIDE

UPLOAD = f"{ADMIN}/documents"
FORM = b'--grenze\r\ncontent-disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + bytes(2_000_000)


@pytest.fixture
def office(searcher: Searcher, tmp_path: Path) -> Iterator[Office]:
    with open_office(searcher, tmp_path) as office:
        yield office


async def send(office: Office, method: str, path: str, key: str | None, *extra: tuple[bytes, bytes]) -> tuple[int, int]:
    """Send FORM in pieces, in the manner of a server; return the status and how many bytes had been taken by then."""
    pieces = [FORM[start : start + 64_000] for start in range(0, len(FORM), 64_000)]
    headers = [(b"host", b"test"), (b"content-type", b"multipart/form-data; boundary=grenze"), *extra]
    if key is not None:
        headers.append((b"authorization", f"Bearer {key}".encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("192.0.2.1", 1), "server": ("test", 80),
        "headers": headers,
    }  # fmt: skip
    taken = 0
    answered: list[tuple[int, int]] = []

    async def receive() -> dict[str, object]:
        nonlocal taken
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def answer(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            answered.append((int(str(message["status"])), taken))

    await office.client.app(scope, receive, answer)
    return answered[0]


LENGTH = (b"content-length", str(len(FORM)).encode())


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("POST", UPLOAD, None, 401),
        ("POST", UPLOAD, "cw_falsch", 401),
        ("PUT", f"{UPLOAD}/{GUIDE}/file", None, 401),
        ("PUT", f"{UPLOAD}/unbekannt/file", "", 404),
        ("POST", UPLOAD, "", 422),  # its end is missing
    ],
)
def test_a_refusal_comes_after_the_body_so_that_its_sender_reads_it(
    office: Office, method: str, path: str, key: str | None, status: int
) -> None:
    shown = office.key if key == "" else key
    assert asyncio.run(send(office, method, path, shown, LENGTH)) == (status, len(FORM))


@pytest.mark.parametrize("extra", [((b"transfer-encoding", b"chunked"),), (LENGTH, (b"expect", b"100-continue"))])
def test_a_body_without_an_end_or_not_yet_sent_is_not_waited_for(
    office: Office, extra: tuple[tuple[bytes, bytes], ...]
) -> None:
    status, taken = asyncio.run(send(office, "POST", UPLOAD, None, *extra))
    assert status == 401
    assert taken < len(FORM)


def test_clearing_away_is_done_in_a_thread_of_its_own(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    find, discard = Jobs.find, Inbox.discard

    def find_noted(jobs: Jobs, job_id: str) -> object:
        threads.append(threading.current_thread())
        return find(jobs, job_id)

    def discard_noted(inbox: Inbox, job_id: str) -> None:
        threads.append(threading.current_thread())
        discard(inbox, job_id)

    monkeypatch.setattr(Jobs, "find", find_noted)
    monkeypatch.setattr(Inbox, "discard", discard_noted)
    status, _ = asyncio.run(send(office, "POST", UPLOAD, office.key, LENGTH))
    assert status == 422
    assert len(threads) == 2
    assert threading.main_thread() not in threads  # there the loop runs


@pytest.mark.parametrize("failure", [DeskUnavailable("Die Datei desk.sqlite ist belegt."), OSError(5, "Eingabe/Ausgabe")])
def test_what_fails_in_clearing_away_does_not_hide_the_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(Jobs, "find", fail)
    assert "werden nicht gelesen" in problem(office.client.post(UPLOAD, files={"file": ("a.exe", b"MZ")}), 415)["detail"]
    assert office.client.post(UPLOAD, files={"file": ("a.txt", b"Text")}).status_code == 202
    assert "cannot be cleared away" in caplog.text


def test_an_upload_that_is_given_up_is_cleared_away_all_the_same(office: Office) -> None:
    async def give_up() -> None:
        arrived = asyncio.Event()

        async def receive() -> dict[str, object]:
            if not arrived.is_set():
                arrived.set()
                return {"type": "http.request", "body": FORM, "more_body": True}
            await asyncio.Event().wait()
            raise AssertionError

        async def answer(_: object) -> None:
            raise AssertionError("nothing is answered")

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": UPLOAD, "raw_path": UPLOAD.encode(), "query_string": b"", "root_path": "", "client": ("192.0.2.1", 1),
            "server": ("test", 80),
            "headers": [(b"host", b"test"), (b"content-type", b"multipart/form-data; boundary=grenze"),
                        (b"authorization", f"Bearer {office.key}".encode()), LENGTH],
        }  # fmt: skip
        task = asyncio.create_task(office.client.app(scope, receive, answer))
        await arrived.wait()
        while not [path for path in (office.desk.root / "inbox").rglob("*") if path.is_file()]:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    assert list((office.desk.root / "inbox").iterdir()) == []
