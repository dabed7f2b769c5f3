"""Uploads: a file and its metadata become a job, or a refusal that leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search_service.desk.forms import MAX_METADATA
from search_service.desk.inbox import Inbox
from search_service.desk.jobs import JobKind, Jobs, JobState
from search_service.desk.opening import open_desk
from search_service.errors import DeskUnavailable
from search_service.searcher import Searcher
from tests.search_service.managed import ADMIN, Office, open_office
from tests.search_service.served import problem
from tests.search_service.small_library import GUIDE

UPLOAD = f"{ADMIN}/documents"
PDF = b"%PDF-1.7 " + bytes(range(256)) * 40
MAX_FILE = 3_000_000
BORDER = "multipart/form-data; boundary=grenze"


@pytest.fixture(scope="module")
def office(searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("kb")
    desk = replace(open_desk(root), inbox=Inbox(root, MAX_FILE, kept_free=0))
    with open_office(searcher, root, desk) as office:
        yield office


def lying(office: Office) -> list[Path]:
    return sorted(path for path in (office.desk.root / "inbox").rglob("*") if path.is_file())


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = f'; filename="{filename}"' if filename is not None else ""
    return f'--grenze\r\ncontent-disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"


def test_a_file_with_its_metadata_becomes_a_job_and_lies_in_the_inbox(office: Office) -> None:
    metadata = {"title": "Übergabe", "type": "Leitfaden", "topics": ["ki"], "year": 2025, "publisher": None}
    answer = office.client.post(
        UPLOAD, files={"file": ("../Übergabe.pdf", PDF)}, data={"metadata": json.dumps(metadata, ensure_ascii=False)}
    )
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["kind"], told["state"], told["file"]) == ("add", "queued", "Übergabe.pdf")
    assert answer.headers["location"] == told["url"] == f"{ADMIN}/jobs/{told['id']}"
    assert office.client.get(told["url"]).json() == told
    assert office.desk.inbox.path(told["id"], told["file"]).read_bytes() == PDF
    job = office.desk.jobs.find(told["id"])
    assert job is not None
    assert (job.kind, job.state) == (JobKind.ADD, JobState.QUEUED)
    assert job.metadata == {"title": "Übergabe", "type": "guide", "topics": ["ki"], "year": 2025, "publisher": None}


def test_a_file_alone_is_enough_and_the_order_of_the_parts_does_not_matter(office: Office) -> None:
    assert office.client.post(UPLOAD, files={"file": ("a.txt", b"Text")}).json()["metadata"] == {}
    body = part("metadata", b'{"title": "A"}') + part("file", b"Text", "a.txt") + b"--grenze--\r\n"
    answer = office.client.post(UPLOAD, content=body, headers={"content-type": BORDER})
    assert answer.json()["metadata"] == {"title": "A"}


def test_a_file_can_take_the_place_of_one_that_is_there(office: Office) -> None:
    answer = office.client.put(f"{UPLOAD}/{GUIDE}/file", files={"file": ("neu.pdf", PDF)})
    assert answer.status_code == 202, answer.text
    assert (answer.json()["kind"], answer.json()["document_id"]) == ("replace", GUIDE)
    problem(office.client.put(f"{UPLOAD}/unbekannt/file", files={"file": ("neu.pdf", PDF)}), 404)


def test_a_large_file_is_not_held_in_memory(searcher: Searcher, tmp_path: Path) -> None:
    """Spoken to without a client, because the tests' client gathers a body before it sends it."""
    pieces = 400
    desk = replace(open_desk(tmp_path), inbox=Inbox(tmp_path, 50_000_000, kept_free=0))
    with open_office(searcher, tmp_path, desk) as office:
        office.client.post(UPLOAD, files={"file": ("a.txt", b"x")})
        body = chain(
            [part("file", b"", "a.pdf").removesuffix(b"\r\n")], (bytes(100_000) for _ in range(pieces)), [b"\r\n--grenze--\r\n"]
        )
        tracemalloc.start()
        status = asyncio.run(send_pieces(office, body))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert status == 202
    assert office.desk.inbox.path(desk.jobs.list(1)[0].id, "a.pdf").stat().st_size == pieces * 100_000
    assert peak < 10_000_000


def test_an_upload_that_breaks_off_leaves_nothing(office: Office) -> None:
    before, jobs = lying(office), len(office.desk.jobs.list(1000))
    status = asyncio.run(send_pieces(office, iter([part("file", bytes(2_000_000), "a.pdf")]), breaks_off=True))
    assert status == 400
    assert (lying(office), len(office.desk.jobs.list(1000))) == (before, jobs)


async def send_pieces(office: Office, body: Iterator[bytes], *, breaks_off: bool = False) -> int:
    """Upload a body as it comes, in the manner of a server; return the status."""
    headers = [(b"content-type", BORDER.encode()), (b"authorization", f"Bearer {office.key}".encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": UPLOAD,
        "raw_path": UPLOAD.encode(), "query_string": b"", "root_path": "", "client": ("192.0.2.1", 1), "server": ("test", 80),
        "headers": [*headers, (b"host", b"test"), (b"transfer-encoding", b"chunked")],
    }  # fmt: skip
    sent: list[int] = []

    async def receive() -> dict[str, object]:
        piece = next(body, None)
        if piece is None and breaks_off:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            sent.append(int(str(message["status"])))

    await office.client.app(scope, receive, send)
    return sent[0]


@pytest.mark.parametrize(
    ("name", "content", "status", "told"),
    [
        ("programm.exe", b"MZ", 415, "werden nicht gelesen"),
        ("rechnung.pdf.exe", b"MZ", 415, "docx"),
        ("..", b"x", 415, "docx"),
        (".pdf", b"x", 415, "docx"),
        ("a\x00.exe", b"x", 415, "docx"),
        ("leer.pdf", b"", 422, "Datei ist leer"),
        ("gross.pdf", bytes(MAX_FILE + 1), 413, "größer als 3 MB"),
        ("riesig.pdf", bytes(MAX_FILE + 1_000_000), 413, "größer als 3 MB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_and_deleted(
    office: Office, name: str, content: bytes, status: int, told: str
) -> None:
    before = lying(office)
    answer = office.client.post(UPLOAD, files={"file": (name, content)})
    assert told in problem(answer, status)["detail"]
    assert lying(office) == before
    assert answer.headers.get("location") is None


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 422, "unvollständig"),
        (b"kein Formular", 422, "unvollständig"),
        (part("file", b"Text", "a.txt"), 422, "unvollständig"),
        (b"--grenze--\r\n", 422, "„file“ fehlt"),
        (part("metadata", b"{}") + b"--grenze--\r\n", 422, "„file“ fehlt"),
        (part("file", b"Text") + b"--grenze--\r\n", 422, "fehlt der Name der Datei"),
        (part("file", b"a", "a.txt") + part("file", b"b", "b.txt") + b"--grenze--\r\n", 422, "steht zweimal"),
        (part("datei", b"a", "a.txt") + b"--grenze--\r\n", 422, "Das Feld „datei“ gibt es nicht. Erlaubt sind: file, metadata"),
        (part("metadata", b"x" * (MAX_METADATA + 1)) + b"--grenze--\r\n", 422, "länger als 64 KiB"),
        (b"--grenze\r\n" + b"x: y\r\n" * 50 + b"\r\n", 422, "unvollständig"),
        (b"--grenze\r\nx: " + b"y" * 9000 + b"\r\n\r\n", 422, "unvollständig"),
        (b"\r\n" * 1_700_000, 413, "größer als 3 MB"),
        (part("file", b"Text", "a.txt") + b"--grenze--\r\n" + bytes(4_000_000), 413, "größer als 3 MB"),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_told_why_and_leaves_nothing(office: Office, body: bytes, status: int, told: str) -> None:
    before = lying(office)
    assert told in problem(office.client.post(UPLOAD, content=body, headers={"content-type": BORDER}), status)["detail"]
    assert lying(office) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"--grenze--\r\n", "#/file"),
        (part("file", b"Text"), "#/file"),
        (part("file", b"", "a.txt") + b"--grenze--\r\n", "#/file"),
        (part("da/tei", b"a", "a.txt"), "#/da~1tei"),
        (part("metadata", b"x" * (MAX_METADATA + 1)), "#/metadata"),
    ],
)
def test_the_field_of_a_form_that_is_at_fault_is_told(office: Office, body: bytes, pointer: str) -> None:
    told = problem(office.client.post(UPLOAD, content=body, headers={"content-type": BORDER}), 422)
    assert [each["pointer"] for each in told["errors"]] == [pointer]


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a"],
)
def test_another_kind_of_body_is_told_what_is_expected(office: Office, content_type: str) -> None:
    answer = office.client.post(UPLOAD, content=b"{}", headers={"content-type": content_type})
    assert "multipart/form-data" in problem(answer, 415)["detail"]


def test_an_endless_border_is_refused(office: Office) -> None:
    answer = office.client.post(UPLOAD, content=b"x", headers={"content-type": f"multipart/form-data; boundary={'a' * 5000}"})
    problem(answer, 422)


@pytest.mark.parametrize(
    ("metadata", "pointer", "told"),
    [
        ('{"titel": "A"}', "#/metadata/titel", "Das Feld „titel“ gibt es nicht."),
        ('{"year": "bald"}', "#/metadata/year", "„year“ muss eine ganze Zahl sein"),
        ('{"topics": ["ki", "kaffee"]}', "#/metadata/topics/1", "„kaffee“ ist hier nicht vorgesehen. Erlaubt sind: "),
        ("[]", "#/metadata", "muss ein JSON-Objekt sein"),
        ("{", "#/metadata", "kein gültiges JSON"),
        ("[" * 60_000, "#/metadata", "kein gültiges JSON"),
    ],
)
def test_metadata_that_cannot_be_used_is_told_where_and_leaves_nothing(
    office: Office, metadata: str, pointer: str, told: str
) -> None:
    before = lying(office)
    answer = problem(office.client.post(UPLOAD, files={"file": ("a.txt", b"x")}, data={"metadata": metadata}), 422)
    assert answer["errors"][0]["pointer"] == pointer
    assert told in answer["errors"][0]["detail"]
    assert lying(office) == before


def test_an_upload_whose_job_cannot_be_queued_is_deleted(
    searcher: Searcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DeskUnavailable("Die Datei desk.sqlite ist gerade belegt. Bitte gleich noch einmal versuchen.")

    with open_office(searcher, tmp_path) as office:
        monkeypatch.setattr(Jobs, "add", fail)
        answer = office.client.post(UPLOAD, files={"file": ("a.txt", b"x")})
        assert problem(answer, 503)["type"] == "/hilfe#verwaltung-nicht-bereit"
        assert answer.headers["retry-after"]
        assert lying(office) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=600), begins=st.booleans())
def test_any_bytes_are_taken_or_refused_politely(office: Office, body: bytes, begins: bool) -> None:
    sent = (b'--grenze\r\ncontent-disposition: form-data; name="file"; filename="' if begins else b"") + body
    answer = office.client.post(UPLOAD, content=sent, headers={"content-type": BORDER})
    assert answer.status_code in (415, 422)  # 415: the bytes end the name of a file of a kind that is not read
    problem(answer, answer.status_code)
