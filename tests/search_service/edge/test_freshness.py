import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search_service.edge.freshness import LOOK_SECONDS, Freshness, fingerprint_program, make_etag, make_look, matches
from search_service.errors import KnowledgeBaseMissing
from search_service.searcher import Status
from tests.search_service.edge.asgi import answering, ask, make_scope
from tests.search_service.served import SEARCH
from tests.search_service.small_library import GUIDE

NOW = Status(7, datetime(2026, 3, 5, tzinfo=UTC), 19, 21, "hashed", True, ())


def send(status=NOW, app=None, **request):
    app = app or answering()
    return asyncio.run(ask(Freshness(app, lambda: status, "1", keyed=False), make_scope(**request))), app.calls


def etag_of(status=NOW, **request):
    return send(status, **request)[0].headers["etag"]


def test_who_has_the_answer_gets_304_without_work():
    etag = etag_of(query="q=KI")
    assert etag.startswith('W/"')
    answer, calls = send(query="q=KI", if_none_match=f'"alt", {etag}')
    assert (answer.status, answer.body, calls) == (304, b"", 0)
    assert (answer.headers["etag"], answer.headers["cache-control"]) == (etag, "no-cache")
    assert "content-type" not in answer.headers


def test_the_order_of_parameters_does_not_matter_but_everything_else_does():
    etag = etag_of(query="q=KI&type=guide&type=study")
    assert etag_of(query="type=guide&q=%4bI&type=study") == etag
    others = {
        etag_of(query="q=KI&type=guide"),
        etag_of(query="q=ki&type=guide&type=study"),
        etag_of(query="q=KI&type=guide&type=study", accept="application/xml"),
        etag_of(query="q=KI&type=guide&type=study", path="/suche"),
        etag_of(replace(NOW, generation=8), query="q=KI&type=guide&type=study"),
        etag_of(replace(NOW, updated_at=NOW.updated_at.replace(second=1)), query="q=KI&type=guide&type=study"),
        etag_of(replace(NOW, semantic=False), query="q=KI&type=guide&type=study"),
        etag_of(replace(NOW, notices=("Bis dahin antwortet der Stand davor.",)), query="q=KI&type=guide&type=study"),
    }
    assert len(others | {etag}) == 9
    assert make_etag("a", make_scope(query="q=%ff%00\x80")) != make_etag("b", make_scope(query="q=%ff%00\x80"))


def test_an_answer_by_words_alone_is_asked_for_again_once_meaning_takes_part():
    kept = etag_of(replace(NOW, semantic=False))
    answer, calls = send(NOW, if_none_match=kept)
    assert (answer.status, calls) == (200, 1)


def test_an_answer_during_a_change_has_the_etag_of_before_and_is_asked_for_again():
    states = [NOW, replace(NOW, generation=8)]
    layer = Freshness(answering(), lambda: states.pop(0), "1", keyed=False)
    etag = asyncio.run(ask(layer, make_scope())).headers["etag"]
    assert etag == etag_of(NOW)
    assert asyncio.run(ask(layer, make_scope(if_none_match=etag))).status == 200


def test_the_state_is_looked_at_only_so_often():
    class Changing:
        number = 0

        def status(self):
            self.number += 1
            return replace(NOW, generation=self.number)

    now = [100.0]
    look = make_look(Changing().status, lambda: now[0])
    seen = []
    for seconds in (0, 0.2, 1.1, 1.5, 2.2):
        now[0] = 100.0 + seconds * LOOK_SECONDS
        seen.append(look().generation)
    assert seen == [1, 1, 2, 2, 3]


def test_a_missing_knowledge_base_is_looked_for_each_time():
    class Missing:
        calls = 0

        def status(self):
            self.calls += 1
            raise KnowledgeBaseMissing("Keine da.")

    missing = Missing()
    look = make_look(missing.status)
    assert [look(), look()] == [None, None]
    assert missing.calls == 2


def test_an_etag_of_its_own_is_kept_and_compared():
    app = answering(b"Bild", "image/png", ETag='"bild"')
    assert send(app=app)[0].headers["etag"] == '"bild"'
    answer, _ = send(app=app, if_none_match='W/"bild"')
    assert (answer.status, answer.body) == (304, b"")
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_changes_or_is_asked_by_post_is_not_kept(method):
    answer, calls = send(method=method, if_none_match="*")
    assert (answer.status, calls, answer.headers["cache-control"]) == (200, 1, "no-store")
    assert "etag" not in answer.headers


@pytest.mark.parametrize(
    ("request_", "control"),
    [
        ({}, "no-cache"),
        ({"authorization": "Bearer cw_x"}, "private, no-cache"),
        ({"x_api_key": "cw_x"}, "private, no-cache"),
        ({"path": "/static/stil.css", "query": "v=12345678"}, "public, max-age=31536000, immutable"),
        ({"path": "/static/stil.css"}, "public, max-age=86400"),
        ({"path": "/health"}, "no-store"),
        ({"path": "/api/v1/admin/jobs"}, "no-store"),
    ],
)
def test_how_long_an_answer_may_be_kept_depends_on_its_place(request_, control):
    assert send(**request_)[0].headers["cache-control"] == control


def test_without_a_knowledge_base_there_is_no_etag():
    assert "etag" not in send(None)[0].headers


@pytest.mark.parametrize(
    ("known", "etag", "same"),
    [
        ('"a"', 'W/"a"', True),
        ('"b", W/"a"', '"a"', True),
        ("*", '"a"', True),
        ("", '"a"', False),
        ('"a"', "", False),
        ('"ab"', '"a"', False),
        ("a", '"a"', False),
    ],
)
def test_etags_are_compared_weakly(known, etag, same):
    assert matches(known, etag) is same


def test_any_file_of_the_program_changes_its_fingerprint(tmp_path):
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "seite.html").write_text("1")
    before = fingerprint_program(tmp_path)
    assert fingerprint_program(tmp_path) == before
    (tmp_path / "b" / "seite.html").write_text("2")
    assert fingerprint_program(tmp_path) != before


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [f"{SEARCH}?q=Betriebsrat", "/api/v1/suggest?q=Schi", f"/api/v1/documents/{GUIDE}", "/suche?q=Betriebsrat", "/",
     f"/dokument/{GUIDE}", f"/api/v1/documents/{GUIDE}/file", "/static/stil.css", "/api/v1/openapi.json"],
)  # fmt: skip
def test_the_service_answers_304_to_who_asks_again(client, path, method):
    first = client.request(method, path)
    again = client.request(method, path, headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert client.request(method, path, headers={"if-none-match": '"anders"'}).status_code == 200


def test_refusals_are_not_kept(client):
    for path in ("/api/v1/nichts", SEARCH, "/nichts"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
