"""„Einfache Sprache“: chosen by a link, remembered by a cookie, carried on where cookies are blocked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from search_service.api import create_app
from search_service.edge.freshness import make_etag
from search_service.language import Language
from search_service.searcher import Searcher
from search_service.site.interface_texts import load_texts
from search_service.site.language_switch import carry_language, extend_address, find_unremembered, is_switched, write_page_link
from search_service.typesetting import typeset
from tests.search_service.edge.asgi import make_scope
from tests.search_service.page_reader import BROWSER, read
from tests.search_service.small_library import GUIDE
from tests.serving import open_browser, serve

EASY, STANDARD = Language.EASY, Language.STANDARD
LEADS = {language: typeset(texts["start"]["lead"]) for language, texts in load_texts().items()}
MARKED = {"cookie": "sprache=einfach"}
SWITCHED = {"sec-fetch-site": "same-origin", "referer": "http://testserver/"}  # as the switch of the start page is followed


@pytest.fixture
def client(searcher: Searcher) -> Iterator[TestClient]:
    """A browser that keeps cookies, with none yet."""
    with TestClient(create_app(searcher), headers=BROWSER, follow_redirects=False) as client:
        yield client


# --- By hand --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "link"),
    [
        ("/", b"", "/?sprache=einfach"),
        ("/suche", b"q=a+%26+b&type=guide&type=study", "/suche?q=a+%26+b&type=guide&type=study&sprache=einfach"),
        ("/suche", b"sprache=standard&q=", "/suche?q=&sprache=einfach"),
        ("//anderswo.example/x", b"", "/anderswo.example/x?sprache=einfach"),
        ("/\\anderswo.example", b"", "/%5Canderswo.example?sprache=einfach"),
        ("/nichts <b>", b"q=%ff%00", "/nichts%20%3Cb%3E?q=%EF%BF%BD%00&sprache=einfach"),
        ("/\udcff", b"\xff=1", "/%3F?%C3%BF=1&sprache=einfach"),
    ],
)
def test_the_switch_keeps_the_address_and_never_leaves_the_service(path: str, query: bytes, link: str) -> None:
    assert write_page_link(path, query, EASY) == link


@pytest.mark.parametrize(
    ("asked", "remembered", "carried"),
    [
        (None, None, None),
        ("einfach", None, EASY),
        ("einfach", "einfach", None),
        ("standard", "einfach", STANDARD),
        ("standard", None, None),
        ("<b>", None, None),
        (None, "einfach", None),
    ],
)
def test_a_choice_is_carried_until_it_is_remembered(
    asked: str | None, remembered: str | None, carried: Language | None
) -> None:
    assert find_unremembered(asked, remembered) is carried


@pytest.mark.parametrize(
    ("address", "extended"),
    [
        ("/", "/?sprache=einfach"),
        ("/suche?q=KI", "/suche?q=KI&sprache=einfach"),
        ("/dokument/d1#p1", "/dokument/d1?sprache=einfach#p1"),
        ("/suche?q=KI&sprache=standard", "/suche?q=KI&sprache=standard"),
        ("/dokument/d1/quelle?zurueck=%2Fsuche%3Fsprache%3Deinfach", None),
        ("/docs", "/docs"),
        ("/docsammlung", "/docsammlung?sprache=einfach"),
        ("/static/stil.css?v=1", "/static/stil.css?v=1"),
        ("/api/v1/documents/d1/file#page=3", "/api/v1/documents/d1/file#page=3"),
        ("/opensearch.xml", "/opensearch.xml"),
        ("//anderswo.example/", "//anderswo.example/"),
        ("https://anderswo.example/", "https://anderswo.example/"),
        ("#inhalt", "#inhalt"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_only_addresses_of_pages_are_extended_and_only_once(address: str, extended: str | None) -> None:
    once = extend_address(address, EASY)
    assert once == (extended or f"{address}&sprache=einfach")
    assert extend_address(once, EASY) == once


@pytest.mark.parametrize(
    ("method", "site", "referrer", "remembered"),
    [
        ("GET", "same-origin", "https://wissen.example/suche?q=KI", True),
        ("GET", "same-origin", "https://wissen.example/?sprache=standard", True),
        ("GET", "same-origin", "https://wissen.example/d?zurueck=%2F%3Fsprache%3Deinfach", True),
        ("GET", "same-origin", "https://wissen.example/?sprache=einfach", False),  # a link that carries it on
        ("GET", "same-origin", None, False),  # the switch tells where it stands
        ("GET", "cross-site", "https://anderswo.example/", False),
        ("GET", "same-site", "https://portal.example/", False),
        ("GET", "none", None, False),  # typed, or a bookmark
        ("POST", "same-origin", "https://wissen.example/merkliste", False),
        ("GET", None, "http://wissen.example/", True),  # by http browsers tell no more
        ("GET", None, "http://wissen.example/?sprache=einfach", False),
        ("GET", None, "http://anderswo.example/", False),
        ("GET", None, "http://[", False),
        ("GET", None, None, False),
    ],
)
def test_only_what_the_switch_chose_is_remembered(
    method: str, site: str | None, referrer: str | None, remembered: bool
) -> None:
    assert is_switched(method, site, "wissen.example", referrer, EASY) is remembered


def test_links_and_searching_forms_of_a_page_carry_the_language() -> None:
    page = (
        '<a class="x" href="/suche?q=a&amp;b=&#34;#treffer">a</a> <a href="#q">b</a> <p>&lt;a href=&#34;/x&#34;&gt;</p>'
        '<form action="/suche" method="get"><p></p></form><form method="post" action="/merkliste"></form>'
        '<link href="/hilfe"><form action="/dokument/d1/quelle"></form>'
    )
    assert carry_language(page, EASY) == (
        '<a class="x" href="/suche?q=a&amp;b=&quot;&amp;sprache=einfach#treffer">a</a> <a href="#q">b</a>'
        " <p>&lt;a href=&#34;/x&#34;&gt;</p>"
        '<form action="/suche" method="get"><input type="hidden" name="sprache" value="einfach"><p></p></form>'
        '<form method="post" action="/merkliste"></form>'
        '<link href="/hilfe"><form action="/dokument/d1/quelle">'
        '<input type="hidden" name="sprache" value="einfach"></form>'
    )


# --- Over HTTP --------------------------------------------------------------------------------------------------------------


def test_the_choice_is_remembered_for_a_year_and_forgotten_on_demand(client: TestClient) -> None:
    answer = client.get("/?sprache=einfach", headers=SWITCHED)
    assert set(answer.headers["set-cookie"].split("; ")) == {
        "sprache=einfach", "HttpOnly", "Max-Age=31536000", "Path=/", "SameSite=lax"
    }  # fmt: skip
    assert LEADS[EASY] in answer.text
    again = client.get("/")
    assert (LEADS[EASY] in again.text, "sprache=einfach" in again.text, "set-cookie" in again.headers) == (True, False, False)
    back = client.get("/?sprache=standard", headers=SWITCHED)
    assert "Max-Age=0" in back.headers["set-cookie"]
    assert LEADS[STANDARD] in back.text
    assert not client.cookies
    assert LEADS[STANDARD] in client.get("/").text


def test_behind_https_the_cookie_goes_by_https_only(searcher: Searcher) -> None:
    with TestClient(create_app(searcher, public_url="https://wissen.example")) as client:
        assert "Secure" in client.get("/?sprache=einfach", headers=BROWSER | SWITCHED).headers["set-cookie"]


def test_an_address_that_was_sent_or_posted_to_speaks_plainly_and_is_not_remembered(client: TestClient) -> None:
    foreign = {"sec-fetch-site": "cross-site", "referer": "https://anderswo.example/"}
    answers = [
        client.get("/?sprache=einfach", headers=foreign),
        client.get("/?sprache=einfach"),
        client.post("/merkliste?sprache=einfach", data={"format": "x"}, headers=foreign),
    ]
    assert LEADS[EASY] in answers[0].text
    for answer in answers:
        assert "set-cookie" not in answer.headers
        assert 'href="/hilfe?sprache=einfach"' in answer.text
        # Kept, it would answer for the switch, too, and the choice would be forgotten.
        assert (answer.headers["cache-control"], client.cookies) == ("no-store", {})


@pytest.mark.parametrize("path", ["/", "/suche?q=Betriebsrat", f"/dokument/{GUIDE}", "/hilfe", "/nichts", "/datenschutz"])
def test_without_cookies_every_way_on_carries_the_language(client: TestClient, path: str) -> None:
    separator = "&" if "?" in path else "?"
    page = read(client, f"{path}{separator}sprache=einfach", 404 if path == "/nichts" else 200)
    ways = [link for link in page.xpath("//a/@href") if link.startswith("/") and not link.startswith(("/api/", "/docs"))]
    assert len(ways) >= 6
    assert [link for link in ways if "sprache=einfach" not in link and "sprache=standard" not in link] == []
    assert [link for link in ways if "sprache=standard" in link] == page.xpath("//footer//a[text()='Standard-Sprache']/@href")
    for form in page.xpath("//form[@method='get']"):
        assert form.xpath(".//input[@name='sprache']/@value") == ["einfach"]


def test_a_permalink_leads_on_in_the_language(client: TestClient) -> None:
    (passage, *_) = read(client, f"/dokument/{GUIDE}").xpath("//section[@data-passage]/@data-passage")
    answer = client.get(f"/p/{passage}?sprache=einfach")
    assert answer.headers["location"] == f"/dokument/{GUIDE}?sprache=einfach#{passage}"
    assert client.get(f"/p/{passage}").headers["location"] == f"/dokument/{GUIDE}#{passage}"


def test_a_page_is_kept_for_its_language_only(client: TestClient) -> None:
    standard, easy = client.get("/"), client.get("/", headers=MARKED)
    assert standard.headers["etag"] != easy.headers["etag"]
    assert {"Accept", "Cookie"} <= set(standard.headers["vary"].split(", "))
    assert client.get("/", headers={"if-none-match": standard.headers["etag"]}).status_code == 304
    unchanged = client.get("/", headers=MARKED | {"if-none-match": easy.headers["etag"]})
    assert unchanged.status_code == 304
    assert {"Accept", "Cookie"} <= set(unchanged.headers["vary"].split(", "))
    assert client.get("/", headers=MARKED | {"if-none-match": standard.headers["etag"]}).status_code == 200


def test_an_answer_that_sets_the_cookie_is_not_kept_so_that_none_misses_it(client: TestClient) -> None:
    answer = client.get("/?sprache=einfach", headers=SWITCHED)
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    # Other cookies and unknown languages make no difference: they are the same page.
    etags = {make_etag("", make_scope("/", cookie=each)) for each in ("a=b", "sprache=x", "sprache=standard", "")}
    assert len(etags) == 1
    assert make_etag("", make_scope("/", cookie='a="b"; sprache=einfach')) not in etags


def test_the_interface_knows_no_language(client: TestClient) -> None:
    path = "/api/v1/search?q=Betriebsrat"
    plain, marked = client.get(path), client.get(path, headers=MARKED)
    assert plain.headers["etag"] == marked.headers["etag"]
    assert "cookie" not in plain.headers["vary"].lower()
    assert client.get(f"{path}&sprache=einfach").status_code == 422


# --- In a browser -----------------------------------------------------------------------------------------------------------


def test_a_reader_switches_searches_and_switches_back_with_cookies_and_without(searcher: Searcher) -> None:
    """Two visits without scripts, the second before a service that is never sent a cookie, as if the browser blocked them."""
    app = create_app(searcher)
    with open_browser() as browser, serve(app) as keeping, serve(BlockedCookies(app)) as blocking:
        for address in (keeping, blocking):
            page = browser.new_context(java_script_enabled=False).new_page()
            page.goto(f"{address}/suche?q=Betriebsrat&mode=lexical")
            page.get_by_role("link", name="Einfache Sprache").click()
            expect(page.get_by_role("searchbox")).to_have_value("Betriebsrat")
            page.get_by_role("searchbox").fill("Übergabe")
            page.get_by_role("button", name="Suchen").click()
            page.locator("li.hit [data-title] a, li.hit a[data-title]").first.click()
            page.get_by_role("link", name="Hilfe").first.click()
            expect(page.get_by_text("Schreiben Sie einfach Ihre Frage.")).to_be_visible()
            assert ("sprache=einfach" in page.url) is (address == blocking)
            page.go_back()
            page.get_by_role("link", name="Standard-Sprache").click()
            page.get_by_role("link", name="Hilfe").first.click()
            expect(page.get_by_text("Schreiben Sie, wie Sie einer Kollegin")).to_be_visible()


class BlockedCookies:
    """An application that is sent no cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = [(name, value) for name, value in scope.get("headers", ()) if name != b"cookie"]
        await self._app({**scope, "headers": kept}, receive, send)
