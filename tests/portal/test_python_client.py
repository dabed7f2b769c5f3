"""The Python client against the real service, and against answers that come from something else on the way."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from clients.python import change_wissen_client
from clients.python.change_wissen_client import WissenClient, WissenError
from tests.search_service.small_library import CASE, GUIDE, LEAFLETS, TEXT, TEXT_FILE

SOURCE = Path(change_wissen_client.__file__)
PROBLEM = b'{"type":"/hilfe#x","title":"Zu viel","status":429,"detail":"Bitte kurz warten.","instance":"/api/v1/search"}'
Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def wissen(service: str) -> Iterator[WissenClient]:
    with WissenClient(service) as client:
        yield client


@pytest.fixture
def scripted() -> Iterator[tuple[str, list[Reply], list[dict[str, str]]]]:
    """A server that gives out prepared answers one after the other; with the headers of what it was asked."""
    replies: list[Reply] = []
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            status, headers, body = replies.pop(0)
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", replies, asked
    server.shutdown()
    server.server_close()


def busy(wait: str | None = "2", status: int = 429) -> Reply:
    return status, {"content-type": "application/problem+json"} | ({"retry-after": wait} if wait else {}), PROBLEM


def found() -> Reply:
    return 200, {"content-type": "application/json"}, b'{"query": "x", "suggestions": []}'


def test_a_hit_leads_to_its_page_and_its_citation(wissen):
    hit = wissen.search("Was bestimmt der Betriebsrat mit?", mode="lexical", collection=["wissen"], year="2024..")["hits"][0]
    assert hit["document"]["title"] == "Leitfaden Künstliche Intelligenz im Betrieb"
    assert (hit["passage"]["pages"][0]["physical"], hit["passage"]["pages"][0]["label"]) == (15, "12")
    assert "S. 12 (PDF-Seite 15)" in str(hit["citation"]["text"])


def test_filters_of_one_kind_widen_and_of_several_kinds_narrow(wissen):
    def count(**filters):
        return wissen.search("Schichtplanung Übergabe", mode="lexical", group_by="none", **filters)["total"]["value"]

    assert count(collection=["beratung"]) == LEAFLETS
    assert count(collection=["beratung", "praxisprojekte"]) == LEAFLETS + 1
    assert count(collection=["beratung"], year="2012") == 1


def test_hits_are_walked_through_page_after_page(wissen):
    options = {"mode": "lexical", "group_by": "none", "collection": ["beratung"]}
    in_one = [hit["id"] for hit in wissen.search("Schichtplanung", page_size=100, **options)["hits"]]
    assert len(in_one) == LEAFLETS
    assert [hit["id"] for hit in wissen.iterate_hits("Schichtplanung", page_size=3, **options)] == in_one
    assert [hit["id"] for hit in wissen.iterate_hits("Schichtplanung", limit=4, page_size=3, **options)] == in_one[:4]
    assert [hit["rank"] for hit in wissen.iterate_hits("Schichtplanung", page=2, page_size=10, **options)] == [11, 12, 13, 14]


def test_walking_ends_before_a_page_that_the_service_refuses(wissen):
    assert list(wissen.iterate_hits("Schichtplanung", page=12, page_size=100)) == []
    with pytest.raises(WissenError, match="blätterbar"):
        wissen.search("Schichtplanung", page=12, page_size=100)


def test_documents_suggestions_and_files_are_read(wissen, tmp_path):
    assert wissen.suggest("Schichtb", limit=1)[0]["text"] == "Schichtbuch"
    document = wissen.document(CASE)
    assert document["title"] == 'Fallbericht <script>alert("x")</script> & Übergabe'
    assert len(document["passages"]) == 1
    target = wissen.download(TEXT, tmp_path / "schichtbuch.txt")
    assert target.read_text("utf-8") == TEXT_FILE
    assert list(tmp_path.iterdir()) == [target]


def test_a_passage_and_its_citation_are_read(wissen):
    passage = wissen.document(GUIDE)["passages"][1]
    assert wissen.passage(passage["id"])["id"] == passage["id"]
    assert "12" in wissen.citation(passage["id"], "bibtex")


def test_a_file_that_is_not_there_leaves_nothing_behind(wissen, tmp_path):
    target = tmp_path / "kopie.pdf"
    target.write_text("alt")
    with pytest.raises(WissenError) as caught:
        wissen.download("unbekannt", target)
    assert caught.value.status == 404
    assert [path.read_text() for path in tmp_path.iterdir()] == ["alt"]


@pytest.mark.parametrize("odd", ["../search", "a/b", "..", "%2e%2e", "ä\x00?q=x#y", "a" * 3000])
def test_an_id_never_becomes_another_address(wissen, odd):
    with pytest.raises(WissenError) as caught:
        wissen.document(odd)
    assert caught.value.status == 404


def test_an_error_carries_the_problem_document(wissen):
    with pytest.raises(WissenError, match="leer") as caught:
        wissen.search("  ")
    assert caught.value.status == caught.value.problem["status"] == 422
    assert caught.value.problem["instance"] == "/api/v1/search"


@pytest.mark.parametrize(
    ("status", "wait", "slept"), [(429, "2", 2.0), (503, "30", 30.0), (503, None, 1.0), (429, "bald", 1.0)]
)
def test_a_busy_service_is_asked_once_more_after_the_time_it_names(scripted, status, wait, slept):
    address, replies, asked = scripted
    replies += [busy(wait, status), found()]
    waits: list[float] = []
    with WissenClient(address, sleep=waits.append) as client:
        assert client.suggest("x") == []
    assert (waits, len(asked)) == ([slept], 2)


def test_a_service_that_stays_busy_is_an_error_after_the_second_time(scripted):
    address, replies, asked = scripted
    replies += [busy(), busy()]
    with WissenClient(address, sleep=lambda _: None) as client, pytest.raises(WissenError, match=r"^Bitte kurz warten\.$"):
        client.suggest("x")
    assert len(asked) == 2


def test_a_service_that_wants_a_long_pause_is_not_waited_for(scripted):
    address, replies, asked = scripted
    replies += [busy("3600")]
    waits: list[float] = []
    with WissenClient(address, sleep=waits.append) as client, pytest.raises(WissenError):
        client.suggest("x")
    assert (waits, len(asked)) == ([], 1)


@pytest.mark.parametrize("reply", [
    (502, {"content-type": "text/html"}, b"<h1>Bad Gateway</h1>"),
    (302, {"location": "http://example.org/"}, b""),
    (200, {"content-type": "text/html"}, b"<h1>Bitte anmelden</h1>"),
])  # fmt: skip
def test_an_answer_of_something_else_on_the_way_is_an_error_in_german(scripted, reply):
    address, replies, asked = scripted
    replies.append(reply)
    with WissenClient(address, "geheim") as client, pytest.raises(WissenError, match="antwortet der Dienst nicht") as caught:
        client.suggest("x")
    assert (caught.value.status, len(asked)) == (reply[0], 1)


def test_without_a_service_the_error_has_no_status():
    with WissenClient("http://127.0.0.1:9", timeout=1) as client, pytest.raises(WissenError, match="Bitte Adresse") as caught:
        client.suggest("x")
    assert caught.value.status == 0


def test_a_broken_download_leaves_nothing_behind(scripted, tmp_path):
    address, replies, _ = scripted
    replies.append((200, {"content-length": "1000"}, b"nur der Anfang"))
    with WissenClient(address) as client, pytest.raises(WissenError):
        client.download("d", tmp_path / "datei")
    assert list(tmp_path.iterdir()) == []


def test_the_key_goes_with_every_request_and_a_path_in_the_address_is_kept(scripted):
    address, replies, asked = scripted
    replies += [found(), found()]
    with WissenClient(f"{address}/wissen/", "geheim") as client:
        client.suggest("Wörter & mehr")
    with WissenClient(address) as client:
        client.suggest("x")
    assert [request.get("x-api-key") for request in asked] == ["geheim", None]
    assert asked[0]["path"] == "/wissen/api/v1/suggest?q=W%C3%B6rter+%26+mehr&limit=5"


def test_the_types_of_the_client_say_what_the_schema_says(document):
    schemas = document["components"]["schemas"]
    pairs = {"Document": "DocumentAnswer", "DocumentDetail": "DocumentDetailAnswer", "Passage": "PassageAnswer",
             "Hit": "HitAnswer", "SearchAnswer": "SearchAnswer"}  # fmt: skip
    for name, schema in pairs.items():
        assert set(getattr(change_wissen_client, name).__annotations__) <= set(schemas[schema]["properties"]), name
    parameters = {each["name"] for each in document["paths"]["/api/v1/search"]["get"]["parameters"]}
    assert set(change_wissen_client.SearchOptions.__annotations__) | {"q"} <= parameters


def test_the_client_is_one_short_file_on_httpx_alone():
    text = SOURCE.read_text("utf-8")
    assert len(text.splitlines()) <= 200
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {str(node.module) if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports}
    assert imported - sys.stdlib_module_names - {"collections.abc", "urllib.parse"} == {"httpx"}
