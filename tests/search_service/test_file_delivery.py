"""Files over HTTP: parts of them, names that want to break out of a header, and what a client has already."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from search_service.guard import answer_file, content_disposition

CONTENT = bytes(range(256)) * 4  # 1,024 bytes
Send = Callable[..., Response]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    path = tmp_path_factory.mktemp("datei") / "datei"
    path.write_bytes(CONTENT)

    def get_file(_request: Request) -> Response:
        return answer_file(path, "studie.pdf", "application/pdf")

    return TestClient(Starlette(routes=[Route("/", get_file, methods=["GET", "HEAD"])]))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=3-9", 3, 9),
        ("bytes=1000-", 1000, 1023),
        ("bytes=-24", 1000, 1023),
        ("bytes=0-99999", 0, 1023),
        ("bytes=-99999", 0, 1023),
        ("bytes=1023-99999999999999999999", 1023, 1023),
        ("BYTES=3-9", 3, 9),
        ("bytes = 3 - 9", 3, 9),
    ],
)
def test_a_part_is_sent_to_the_byte(client: TestClient, asked: str, first: int, last: int) -> None:
    answer = client.get("/", headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, CONTENT[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/1024"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.headers["content-type"] == "application/pdf"


@given(st.integers(0, 1023), st.integers(0, 2000))
def test_any_part_is_that_part(client: TestClient, first: int, length: int) -> None:
    answer = client.get("/", headers={"range": f"bytes={first}-{first + length}"})
    assert (answer.status_code, answer.content) == (206, CONTENT[first : first + length + 1])


@pytest.mark.parametrize(
    "asked",
    ["", "bytes", "bytes=", "bytes=-", "bytes=x-y", "items=0-5", "bytes=9-3", "bytes=,,,", "bytes=" + "9" * 5000 + "-", "=0-5"],
)
def test_a_range_that_says_nothing_is_ignored(client: TestClient, asked: str) -> None:
    answer = client.get("/", headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=99999999999999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(client: TestClient, asked: str) -> None:
    answer = client.get("/", headers={"range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */1024")


def read_parts(answer: Response) -> list[tuple[str, bytes]]:
    """Return content range and bytes of every part of a `multipart/byteranges`."""
    boundary = re.fullmatch(r"multipart/byteranges; boundary=(\w+)", answer.headers["content-type"])
    assert boundary
    parts = answer.content.split(f"--{boundary[1]}".encode())
    assert parts[0] == b""
    assert parts[-1] == b"--"
    heads = [part.removeprefix(b"\r\n").partition(b"\r\n\r\n") for part in parts[1:-1]]
    return [
        (re.search(r"(?i)content-range: (.+)", head.decode())[1].strip(), body.removesuffix(b"\r\n")) for head, _, body in heads
    ]


def test_several_parts_come_in_one_answer_of_the_length_it_tells(client: TestClient) -> None:
    answer = client.get("/", headers={"range": "bytes=0-1,100-103,-2"})
    assert answer.status_code == 206
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert read_parts(answer) == [
        ("bytes 0-1/1024", CONTENT[:2]),
        ("bytes 100-103/1024", CONTENT[100:104]),
        ("bytes 1022-1023/1024", CONTENT[-2:]),
    ]


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=" + ",".join(["0-"] * 100),
        "bytes=" + ",".join(["0-"] * 1300),
        "bytes=" + ",".join(f"{first}-" for first in range(100)),
        "bytes=" + ",".join(f"{first}-{first + 500}" for first in range(0, 500, 5)),
        "bytes=" + ",".join(f"{first}-{first}" for first in range(0, 1024, 2)),
        "bytes=" + ",".join(["-1024"] * 90),
    ],
)
def test_no_set_of_ranges_makes_an_answer_much_larger_than_the_file(client: TestClient, asked: str) -> None:
    answer = client.get("/", headers={"range": asked})
    assert answer.status_code in (200, 206)
    assert len(answer.content) <= len(CONTENT) + 100 * 150  # the heads of at most 100 parts


def test_only_the_same_file_is_continued(client: TestClient) -> None:
    whole = client.get("/")
    for known in (whole.headers["etag"], whole.headers["last-modified"]):
        assert client.get("/", headers={"range": "bytes=3-9", "if-range": known}).status_code == 206
    for other in ('"anders"', f"W/{whole.headers['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT", "Unsinn", ""):
        answer = client.get("/", headers={"range": "bytes=3-9", "if-range": other})
        assert (answer.status_code, answer.content) == (200, CONTENT), other


def test_what_the_client_has_is_not_sent(client: TestClient) -> None:
    etag = client.get("/").headers["etag"]
    assert etag.startswith('"')
    for known in (etag, f"W/{etag}", f'"a", {etag}', "*"):
        for headers in ({}, {"range": "bytes=3-9"}):
            answer = client.get("/", headers={"if-none-match": known, **headers})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert client.get("/", headers={"if-none-match": '"anders"'}).status_code == 200


def test_a_head_tells_what_a_get_would_bring(client: TestClient) -> None:
    got, head = client.get("/"), client.head("/")
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(got.headers)
    assert head.headers["content-length"] == "1024"


def test_a_file_without_bytes_is_sent_and_has_no_parts(tmp_path: Path) -> None:
    (tmp_path / "leer").touch()
    app = Starlette(routes=[Route("/", lambda _request: answer_file(tmp_path / "leer", "leer.txt", "text/plain"))])
    assert TestClient(app).get("/").content == b""
    assert TestClient(app).get("/", headers={"range": "bytes=0-"}).status_code == 416


NAMES = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    [
        'a"; filename="b.exe',
        "a\r\nX-Boese: 1",
        "..\\..\\boese.exe",
        "../../etc/passwd",
        "\u202egpj.exe",
        "\ud800",
        "%0d%0a",
        "'a'*\"",
        "a;b",
    ]
)


@given(NAMES, st.booleans())
def test_no_name_breaks_out_of_its_header(name: str, inline: bool) -> None:
    value = content_disposition(name, inline=inline)
    assert re.fullmatch(r"""(inline|attachment); filename="[A-Za-z0-9._-]+"; filename\*=UTF-8''[A-Za-z0-9._~%-]+""", value), (
        value
    )
    assert value.startswith("inline;") is inline
    told = unquote(value.rpartition("''")[2])
    assert not set(told) & {"/", "\\", "\r", "\n", "\0"}
    assert told.isprintable()


def test_a_client_reads_the_name_as_it_was() -> None:
    message = EmailMessage()
    message["content-disposition"] = content_disposition("C:\\Ablage\\Fallbericht „Übergabe“ 50 %.pdf", inline=False)
    assert unquote(content_disposition("Größe.pdf", inline=True).rpartition("''")[2]) == "Größe.pdf"
    assert message["content-disposition"].params["filename"] == "Fallbericht_bergabe_50_.pdf"
    assert content_disposition("", inline=True).startswith('inline; filename="dokument"')


def test_a_head_knows_no_parts(client: TestClient) -> None:
    head = client.head("/", headers={"range": "bytes=3-9"})
    assert (head.status_code, head.headers["content-length"]) == (200, "1024")
    assert client.head("/", headers={"range": "bytes=5000-"}).status_code == 200


def test_what_the_client_has_is_not_sent_whatever_part_it_asks_for(client: TestClient) -> None:
    etag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-none-match": etag, "range": "bytes=5000-"}).status_code == 304


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    value = content_disposition("ü" * 5000 + ".pdf", inline=True)
    assert len(value) < 1000
    assert value.endswith(".pdf")
