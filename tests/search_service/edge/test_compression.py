import asyncio
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import StreamingResponse

from search_service.edge.compression import MIN_BYTES, Compression, choose_coding
from tests.search_service.edge.asgi import answering, ask, make_scope
from tests.search_service.small_library import GUIDE

TEXT = b'{"text": "Der Betriebsrat bestimmt mit."}' * 100


def unpack(coding, body):
    if coding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return zlib.decompress(body, 16 + zlib.MAX_WBITS) if coding == "gzip" else body


def send(app, **request):
    return asyncio.run(ask(Compression(app), make_scope(**request)))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "gzip"),
        ("br", None),
        ("*", "zstd"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("zstd;q=0, *;q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("GZIP ; Q=1.0", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=viel, zstd;q=7", None),
        (",,;;q=", None),
    ],
)
def test_the_coding_is_the_one_that_the_client_prefers(accepted, coding):
    assert choose_coding(accepted) == coding


@given(accepted=st.text(max_size=60))
def test_whatever_is_accepted_there_is_a_choice(accepted):
    assert choose_coding(accepted) in (None, "gzip", "zstd")


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_a_compressed_answer_holds_the_same_text_and_its_length(coding):
    answer = send(answering(TEXT, ETag='"abc"'), accept_encoding=coding)
    assert answer.headers["content-encoding"] == coding
    assert int(answer.headers["content-length"]) == len(answer.body) < len(TEXT)
    assert unpack(coding, answer.body) == TEXT
    assert answer.headers["etag"] == 'W/"abc"'
    assert answer.headers["vary"] == "Accept-Encoding"


@given(pieces=st.lists(st.binary(max_size=3000), max_size=6))
@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_an_answer_in_pieces_holds_the_same_text(coding, pieces):
    async def app(scope, receive, send):
        async def stream():
            for piece in pieces:
                yield piece

        await StreamingResponse(stream(), media_type="text/plain")(scope, receive, send)

    answer = send(app, accept_encoding=coding)
    assert unpack(answer.headers.get("content-encoding"), answer.body) == b"".join(pieces)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(TEXT, "application/pdf"), (TEXT, "image/png"), (TEXT[: MIN_BYTES - 1], "application/json"), (TEXT, "application/zip")],
)
def test_what_does_not_shrink_is_sent_as_it_is(content, media_type):
    answer = send(answering(content, media_type, ETag='"abc"'), accept_encoding="zstd, gzip")
    assert answer.body == content
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"] == '"abc"'


def test_what_is_compressed_already_is_left_alone():
    answer = send(answering(TEXT, Content_Encoding="br"), accept_encoding="gzip")
    assert (answer.headers["content-encoding"], answer.body) == ("br", TEXT)


def test_a_head_has_the_headers_of_its_get_and_no_body():
    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/html"), (b"content-length", b"5000"), (b"etag", b'"abc"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    answer = send(app, method="HEAD", accept_encoding="gzip")
    assert (answer.headers["content-encoding"], answer.headers["etag"], answer.body) == ("gzip", 'W/"abc"', b"")
    assert "content-length" not in answer.headers


def test_a_part_of_a_file_is_never_compressed(client):
    part = client.get(f"/api/v1/documents/{GUIDE}/file", headers={"range": "bytes=0-99", "accept-encoding": "gzip"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert "content-encoding" not in part.headers
