"""The JSON interface, over a real knowledge base."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from search_service.answers import result_to_json
from search_service.api import KINDS_BY_ERROR, MAX_BODY_BYTES, create_app
from search_service.errors import ChangeWissenError, KnowledgeBaseDamaged, KnowledgeBaseMissing
from search_service.queries import Filters, Mode, Query
from search_service.searcher import Searcher
from tests.search_service.small_library import LEAFLETS, TEXT_FILE, build_library

GUIDE = "d0000000000000000"
CASE = "d0000000000000001"
TEXT = "d0000000000000002"
GLOSSARY = "d0000000000000003"
SEARCH = "/api/v1/search"


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def client(searcher: Searcher) -> Iterator[TestClient]:
    with TestClient(create_app(searcher)) as client:
        yield client


def problem(response, status: int) -> dict:
    """Check that `response` is a whole problem document of this status, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["type"].startswith("/hilfe#")
    assert body["title"]
    assert body["detail"].endswith((".", "?", "]"))
    assert body["instance"] == response.request.url.path
    assert "Traceback" not in response.text
    return body


def found(client: TestClient, **parameters: object) -> set[str]:
    answer = client.get(SEARCH, params={"mode": "lexical", "page_size": 100, **parameters})
    assert answer.status_code == 200, answer.text
    return {hit["document"]["id"] for hit in answer.json()["hits"]}


# --- Search -----------------------------------------------------------------------------------------------------------


def test_a_question_gets_the_passage_with_its_page_citation_and_links(client):
    answer = client.get(SEARCH, params={"q": "Mitbestimmung bei KI: was sagt § 87?", "page_size": 3}).json()
    hit = answer["hits"][0]
    assert hit["document"]["title"] == "Leitfaden Künstliche Intelligenz im Betrieb"
    assert hit["passage"]["pages"] == [{"physical": 15, "label": "12", "label_source": "page_labels", "label_confidence": None}]
    assert hit["passage"]["heading_path"] == ["1 Recht", "1.1 Mitbestimmung"]
    assert "<mark>KI</mark>" in hit["passage"]["snippet_html"]
    assert hit["citation"] == {
        "text": "Redaktion Zukunfts-HUB (2025): Leitfaden Künstliche Intelligenz im Betrieb. Zukunfts-HUB Ruhr, "
        "S. 12 (PDF-Seite 15).",
        "locator": "S. 12 (PDF-Seite 15)",
    }
    assert hit["url"] == f"/dokument/{GUIDE}#{hit['id']}"
    assert hit["source_url"] == f"/api/v1/documents/{GUIDE}/file#page=15"
    marked = [hit["passage"]["text"][mark["start"] : mark["end"]] for mark in hit["passage"]["highlights"]]
    assert "KI" in marked
    assert set(marked) == set(hit["explain"]["words"])


def test_the_field_names_are_the_promised_ones(client):
    answer = client.get(SEARCH, params={"q": "Betriebsrat"}).json()
    assert set(answer) == {
        "query", "query_id", "took_ms", "total", "page", "page_size", "hits", "facets", "notices", "index", "older_editions",
    }  # fmt: skip
    assert set(answer["total"]) == {"value", "relation"}
    assert set(answer["index"]) == {"generation", "updated_at"}
    hit = answer["hits"][0]
    assert set(hit) == {
        "id", "rank", "score", "document", "passage", "url", "source_url", "citation", "more_in_document", "explain",
    }  # fmt: skip
    assert set(hit["document"]) == {
        "id", "title", "authors", "year", "type", "collection", "sectors", "topics", "audience", "publisher", "language",
        "license", "valid_until", "note", "url", "origin_url", "doi", "isbn", "urn", "edition", "newer_edition",
    }  # fmt: skip
    assert set(hit["passage"]) == {"text", "snippet_html", "heading_path", "pages", "highlights"}
    assert set(hit["explain"]) == {"lexical", "semantic", "words"}
    assert set(answer["facets"]["type"][0]) == {"value", "label", "count"}


def test_get_post_and_the_command_line_give_the_same_answer(client, searcher):
    by_get = client.get(SEARCH, params={"q": "Schichtplanung", "topic": "schichtplanung", "year": "2012..2014"}).json()
    filters = {"topic": ["schichtplanung"], "year": {"gte": 2012, "lte": 2014}}
    by_post = client.post(SEARCH, json={"q": "Schichtplanung", "filters": filters}).json()
    query = Query("Schichtplanung", filters=Filters({"topic": ("schichtplanung",)}, 2012, 2014))
    by_hand = result_to_json(searcher.search(query), query)
    for answer in (by_get, by_post, by_hand):
        answer.pop("took_ms")
    assert by_get == by_post == by_hand
    assert {hit["document"]["year"] for hit in by_get["hits"]} == {2012, 2013, 2014}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"collection": "erfolg"}, {CASE}),
        ({"collection": ["erfolg", "praxisprojekte"]}, {CASE, TEXT}),
        ({"type": "case_report"}, {CASE}),
        ({"sector": "gesundheit"}, {CASE}),
        ({"publisher": "Zukunfts-HUB Ruhr"}, {CASE}),
        ({"language": "de"}, {CASE, TEXT}),
        ({"language": "en"}, set()),
        ({"year": "2024"}, {CASE}),
        ({"year": "2024.."}, {CASE}),
        ({"year": "..2020"}, set()),
        ({"document": TEXT}, {TEXT}),
        ({"collection": "erfolg", "type": "guide"}, set()),
    ],
)
def test_filters_keep_what_they_name(client, parameters, expected):
    assert found(client, q="Übergabe", **parameters) == expected


def test_totals_and_facets_do_not_change_between_pages(client):
    pages = [client.get(SEARCH, params={"q": "Schichtplanung", "mode": "lexical", "page": page}).json() for page in (1, 2, 3)]
    assert [len(page["hits"]) for page in pages] == [10, LEAFLETS - 10, 0]
    assert len({json.dumps([page["total"], page["facets"]]) for page in pages}) == 1
    assert [hit["rank"] for page in pages for hit in page["hits"]] == list(range(1, LEAFLETS + 1))


def test_passages_of_one_document_are_folded_unless_asked_for(client):
    folded = client.get(SEARCH, params={"q": "Betriebsrat Einführung", "mode": "lexical"}).json()["hits"]
    single = client.get(SEARCH, params={"q": "Betriebsrat Einführung", "mode": "lexical", "group_by": "none"}).json()["hits"]
    assert [hit["more_in_document"] for hit in folded] == [2]
    assert len(single) == 3


def test_the_query_id_names_the_question_and_not_the_caller(client):
    ask = [client.get(SEARCH, params={"q": q}, headers={"user-agent": agent}).json() for q, agent in
           (("Betriebsrat", "a"), ("Betriebsrat", "b"), ("Übergabe", "a"))]  # fmt: skip
    assert ask[0]["query_id"] == ask[1]["query_id"] != ask[2]["query_id"]


def test_markup_in_documents_never_reaches_a_snippet(client):
    hit = client.get(SEARCH, params={"q": "Protokoll Gespräch", "mode": "lexical"}).json()["hits"][0]
    assert "&lt;b&gt;zwischen&lt;/b&gt;" in hit["passage"]["snippet_html"]
    assert "<b>" not in hit["passage"]["snippet_html"]


def test_without_a_model_words_are_searched_and_the_answer_says_so(searcher):
    by_words = Searcher(searcher._reader, None, "Das Sprachmodell fehlt.")
    with TestClient(create_app(by_words)) as client:
        answer = client.get(SEARCH, params={"q": "Betriebsrat"}).json()
        ready = client.get("/ready").json()
    assert answer["hits"][0]["explain"]["semantic"] is None
    assert "Das Sprachmodell fehlt." in answer["notices"][0]
    assert (ready["lexical"], ready["semantic"], ready["notices"]) == (True, False, answer["notices"])


# --- Requests that cannot be answered ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, "„q“ fehlt"),
        ({"q": ""}, "Die Frage ist leer"),
        ({"q": " \t"}, "Die Frage ist leer"),
        ({"q": "x" * 10_000}, "10000 Zeichen zu lang (höchstens 2000)"),
        ({"q": "x", "mode": "magic"}, "Erlaubt sind: hybrid, lexical, semantic"),
        ({"q": "x", "page": "0"}, "Seite 0"),
        ({"q": "x", "page": "zwei"}, "„page“ muss eine ganze Zahl sein"),
        ({"q": "x", "page_size": "1000"}, "zwischen 1 und 100"),
        ({"q": "x", "page": "9" * 30}, "liegt außerhalb"),
        ({"q": "x", "year": "neulich"}, "kein Jahr und kein Zeitraum"),
        ({"q": "x", "year": "2025..2020"}, "liegt der Anfang nach dem Ende"),
        ({"q": "x", "collection": ""}, "„collection“ darf nicht leer sein"),
        ({"q": "x", "colour": "blau"}, "Den Parameter „colour“ gibt es nicht. Erlaubt sind: q, mode, page,"),
        ({"q": "x", "group_by": "colour"}, "Erlaubt sind: document, none"),
    ],
)
def test_a_get_that_cannot_be_used_is_told_why_in_german(client, parameters, told):
    assert told in problem(client.get(SEARCH, params=parameters), 422)["detail"]


@pytest.mark.parametrize(
    ("body", "status", "pointer", "told"),
    [
        (b"", 422, "#", "Der Anfragetext fehlt"),
        (b"{", 422, "#", "kein gültiges JSON"),
        (b"[]", 422, "#", "muss ein JSON-Objekt sein"),
        (b'"x"', 422, "#", "muss ein JSON-Objekt sein"),
        (b"{}", 422, "#/q", "„q“ fehlt"),
        (b'{"q": 5}', 422, "#/q", "„q“ muss ein Text sein"),
        (b'{"q": "x", "size": 3}', 422, "#/size", "Das Feld „size“ gibt es nicht. Erlaubt sind: q, mode,"),
        (b'{"q": "x", "filters": {"colour": ["blau"]}}', 422, "#/filters/colour", "Den Filter „colour“ gibt es nicht"),
        (b'{"q": "x", "filters": {"type": "guide"}}', 422, "#/filters/type", "muss eine Liste von Texten sein"),
        (b'{"q": "x", "filters": {"year": {"gt": 2020}}}', 422, "#/filters/year/gt", "Erlaubt sind: gte, lte"),
        (b'{"q": "x", "filters": {"year": {"gte": 2025, "lte": 2020}}}', 422, None, "Bitte die Jahre tauschen"),
        (b'{"q": "x", "page": 1.5}', 422, "#/page", "muss eine ganze Zahl sein"),
        (b'{"q": "\\ud800"}', 422, "#/q", "kein gültiges Unicode"),
        (b"\xff\xfe", 422, "#", "kein gültiges JSON"),
        (b'{"q": "x", "filters": ' + b"[" * 60_000, 400, None, "nicht lesbar"),
        (b'{"q": "' + b"x" * MAX_BODY_BYTES + b'"}', 413, None, "größer als 64 KiB"),
    ],
)  # fmt: skip
def test_a_post_that_cannot_be_used_is_told_why_and_where(client, body, status, pointer, told):
    answer = problem(client.post(SEARCH, content=body, headers={"content-type": "application/json"}), status)
    assert told in answer["detail"]
    if pointer is not None:
        assert answer["errors"][0]["pointer"] == pointer


def test_a_fault_in_the_address_names_its_parameter(client):
    answer = problem(client.get(SEARCH, params={"q": "x", "colour": "blau", "page": "zwei"}), 422)
    assert {error["parameter"] for error in answer["errors"]} == {"colour", "page"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), mode=st.sampled_from(list(Mode)))
def test_any_text_is_answered_or_refused_politely(client, text, mode):
    answer = client.post(SEARCH, content=json.dumps({"q": text, "mode": mode}), headers={"content-type": "application/json"})
    if answer.status_code == 200:
        assert answer.json()["query"] == text
    else:
        problem(answer, 422)


@pytest.mark.parametrize(
    "path", ["/api/v1/documents/unbekannt", "/api/v1/documents/unbekannt/file", "/api/v1/nichts", "/nichts"]
)
def test_an_unknown_address_or_document_is_a_problem_document(client, path):
    problem(client.get(path), 404)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/api/v1/docs"])
def test_there_are_no_documentation_pages_that_load_from_elsewhere(client, path):
    problem(client.get(path), 404)


def test_a_wrong_method_is_told_the_right_ones(client):
    answer = client.put(SEARCH)
    problem(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    answer = client.delete(f"/api/v1/documents/{GUIDE}")
    problem(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


class CrashingSearcher(Searcher):
    """A searcher with a fault of its own."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def search(self, query):
        raise self.error

    def status(self):
        raise self.error

    def document(self, document_id):
        raise self.error


def test_a_crash_shows_no_insides_and_logs_no_question(caplog):
    with TestClient(create_app(CrashingSearcher(ZeroDivisionError("geheim")))) as client, caplog.at_level(logging.ERROR):
        answer = client.get(SEARCH, params={"q": "Betriebsgeheimnis"})
        problem(answer, 500)
    assert "geheim" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ZeroDivisionError" in caplog.text
    assert "Betriebsgeheimnis" not in caplog.text


def test_what_only_the_operator_can_mend_is_logged_and_not_shown(caplog):
    with TestClient(create_app(CrashingSearcher(KnowledgeBaseDamaged("Die Datei /srv/kb/x ist beschädigt.")))) as client:
        answer = client.get(SEARCH, params={"q": "x"})
    problem(answer, 503)
    assert answer.headers["retry-after"]
    assert "/srv" not in answer.text
    assert "/srv/kb/x" in caplog.text


def test_every_error_has_a_status_of_its_own_or_means_a_fault_of_the_service():
    unlisted = set(ChangeWissenError.__subclasses__()) - set(KINDS_BY_ERROR)
    # These arise at ingest and evaluation, which no request starts.
    assert {error.__name__ for error in unlisted} <= {
        "UnreadableDocument", "NothingToIndex", "InvalidMetadata", "InvalidSettings", "InvalidJudgements",
        "SourceUnavailable",
    }  # fmt: skip


# --- Documents and files ----------------------------------------------------------------------------------------------


def test_a_document_comes_with_its_outline(client):
    answer = client.get(f"/api/v1/documents/{GUIDE}").json()
    assert answer["page_count"] == 16
    assert (
        answer["citation"] == "Redaktion Zukunfts-HUB (2025): Leitfaden Künstliche Intelligenz im Betrieb. Zukunfts-HUB Ruhr."
    )
    assert answer["origin_url"] == "https://example.org/leitfaden"
    assert [entry["citation"]["locator"] for entry in answer["passages"]] == [
        "S. iii (PDF-Seite 3)",
        "S. 12 (PDF-Seite 15)",
        "S. 12–13 (PDF-Seiten 15–16)",
    ]
    assert [entry["ordinal"] for entry in answer["passages"]] == [0, 1, 2]
    case = client.get(f"/api/v1/documents/{CASE}").json()
    assert (case["note"], case["valid_until"]) == ("Konstruierter Fallbericht", "2026-12-31")


@pytest.mark.parametrize(
    ("document", "disposition", "media_type"),
    [
        (GUIDE, "inline; filename=\"ki-leitfaden.pdf\"; filename*=UTF-8''ki-leitfaden.pdf", "application/pdf"),
        (TEXT, "inline; filename=\"schichtbuch.txt\"; filename*=UTF-8''schichtbuch.txt", "text/plain; charset=utf-8"),
        (GLOSSARY, "attachment; filename=\"glossar.html\"; filename*=UTF-8''glossar.html", "text/html; charset=utf-8"),
        (
            CASE,
            'attachment; filename="Fallbericht_bergabe_.docx"; '
            "filename*=UTF-8''Fallbericht%20%E2%80%9E%C3%9Cbergabe%E2%80%9C.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_only_harmless_files_open_in_the_browser(client, document, disposition, media_type):
    answer = client.get(f"/api/v1/documents/{document}/file")
    assert answer.headers["content-disposition"] == disposition
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_can_be_read_in_parts(client):
    whole = TEXT_FILE.encode()
    path = f"/api/v1/documents/{TEXT}/file"
    assert client.get(path).content == whole
    part = client.get(path, headers={"range": "bytes=3-9"})
    assert (part.status_code, part.content) == (206, whole[3:10])
    assert part.headers["content-range"] == f"bytes 3-9/{len(whole)}"
    beyond = client.get(path, headers={"range": "bytes=5000-"})
    problem(beyond, 416)
    assert beyond.headers["content-range"] == f"bytes */{len(whole)}"
    for strange in ("items=0-5", "bytes=x", "Unsinn"):
        assert client.get(path, headers={"range": strange}).content == whole


def test_a_lost_file_is_not_found(tmp_path):
    searcher = build_library(tmp_path)
    searcher.original(searcher.document(GLOSSARY)).unlink()
    with TestClient(create_app(searcher)) as client:
        problem(client.get(f"/api/v1/documents/{GLOSSARY}/file"), 404)


# --- The service as a whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_health_and_ready_answer_at_both_addresses(client, prefix):
    assert client.get(f"{prefix}/health").json() == {"status": "ok"}
    ready = client.get(f"{prefix}/ready").json()
    assert (ready["status"], ready["lexical"], ready["semantic"]) == ("ready", True, True)
    assert ready["documents"] == LEAFLETS + 4


@pytest.mark.parametrize("path", ["/ready", "/api/v1/ready"])
def test_without_a_knowledge_base_the_service_lives_but_is_not_ready(path):
    with TestClient(create_app(CrashingSearcher(KnowledgeBaseMissing("Es gibt keine Wissensbasis.")))) as client:
        answer = problem(client.get(path), 503)
        assert client.get("/health").status_code == 200
    assert (answer["lexical"], answer["semantic"]) == (False, False)


@pytest.mark.parametrize(
    "path",
    ["/", "/hilfe", "/suche?q=x", "/health", "/ready", f"{SEARCH}?q=x", f"/api/v1/documents/{GUIDE}",
     f"/api/v1/documents/{GUIDE}/file", f"/dokument/{GUIDE}", "/api/v1/openapi.json", "/static/stil.css", "/nichts"],
)  # fmt: skip
def test_head_works_and_every_answer_carries_the_security_headers(client, path):
    whole, head = client.get(path), client.head(path)
    assert head.status_code == whole.status_code
    assert head.headers["content-type"] == whole.headers["content-type"]
    for answer in (whole, head):
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "set-cookie" not in answer.headers


def test_links_are_absolute_only_with_a_public_address_and_never_follow_the_host_header(searcher, client):
    spoofed = client.get(SEARCH, params={"q": "Betriebsrat"}, headers={"host": "boese.example"})
    assert "boese.example" not in spoofed.text
    with TestClient(create_app(searcher, public_url="https://wissen.example.org/")) as public:
        hit = public.get(SEARCH, params={"q": "Betriebsrat"}).json()["hits"][0]
        assert hit["url"].startswith("https://wissen.example.org/dokument/")
        assert hit["source_url"].startswith("https://wissen.example.org/api/v1/documents/")
        missing = public.get("/api/v1/nichts").json()
        assert missing["type"] == "https://wissen.example.org/hilfe#nicht-gefunden"


def test_the_openapi_document_is_whole_and_german(client):
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        SEARCH, "/api/v1/documents/{document_id}", "/api/v1/documents/{document_id}/file", "/health", "/ready",
    }  # fmt: skip
    schemas = document["components"]["schemas"]
    assert {"Problem", "FieldProblem", "SearchAnswer", "HitAnswer"} <= set(schemas)
    assert "HTTPValidationError" not in schemas
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (path, method)
            for status, response in operation["responses"].items():
                assert response["description"] not in ("", "Successful Response"), (path, method, status)
                if int(status) >= 400 and "content" in response:
                    assert list(response["content"]) == ["application/problem+json"]
    for parameter in document["paths"][SEARCH]["get"]["parameters"]:
        assert parameter["schema"].get("description") or parameter.get("description"), parameter["name"]
    text = json.dumps(document)
    known = set(schemas)
    assert {reference.split('"')[0] for reference in text.split("#/components/schemas/")[1:]} <= known


def test_every_kind_of_problem_is_explained_in_the_help(client):
    help_page = client.get("/hilfe").text
    for status, path in ((404, "/api/v1/nichts"), (422, SEARCH)):
        anchor = problem(client.get(path), status)["type"].partition("#")[2]
        assert f'id="{anchor}"' in help_page


def test_package_data_is_where_the_service_looks_for_it():
    folder = Path(create_app.__code__.co_filename).parent
    assert (folder / "static" / "stil.css").is_file()
    assert (folder / "templates" / "layout.html").is_file()
