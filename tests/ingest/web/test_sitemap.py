"""Sitemaps, robots.txt and lists of addresses, against a server on this machine."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import ingest
from ingest.report import State
from ingest.sources import walk
from ingest.web import basket as basket_module
from ingest.web.addresses import parse_address
from ingest.web.basket import is_current
from ingest.web.bodies import FetchFailed
from ingest.web.harvest import harvest_addresses, harvest_sitemap, read_addresses
from ingest.web.markup import UnreadableMarkup, find_document_links, parse_xml
from ingest.web.robots import ForbiddenByRobots, Robots
from ingest.web.shelf import FOLDER, Holding, Shelf
from ingest.web.sitemap import Entry, Sitemap, is_same_site, parse_sitemap
from search_service.knowledge_base.store import KnowledgeBase
from tests.ingest.web.local_server import Reply, StoppedClock, polite_fetcher

PDF = Reply(b"%PDF-1.7 Studie", "application/pdf")
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*addresses, modified=""):
    day = f"<lastmod>{modified}</lastmod>" if modified else ""
    return f"<urlset {NAMESPACE}>{''.join(f'<url><loc>{one}</loc>{day}</url>' for one in addresses)}</urlset>".encode()


def index(*addresses):
    parts = "".join(f"<sitemap><loc>{one}</loc></sitemap>" for one in addresses)
    return f"<sitemapindex {NAMESPACE}>{parts}</sitemapindex>".encode()


def states(harvest, server):
    return {file.path.removeprefix(server.url): file.state for file in harvest.reports}


def offered(shelf):
    return sorted(offer.path.name for offer in walk([shelf.folder], [shelf.folder.parent]))


# --- Reading ---------------------------------------------------------------------------------------------------------------


def test_a_sitemap_is_read_as_xml_as_text_and_packed():
    entries = (Entry("https://a.example/x?a=1&b=2", "2024-05-01"), Entry("https://a.example/y", "2024-05-01"))
    written = urlset("https://a.example/x?a=1&amp;b=2", "https://a.example/y", modified="2024-05-01")
    assert parse_sitemap(written) == parse_sitemap(gzip.compress(written)) == Sitemap(entries)
    assert parse_sitemap(b"\xef\xbb\xbfhttps://a.example/x\r\nhttps://a.example/y\n").entries[1] == Entry("https://a.example/y")
    assert parse_sitemap(index("https://a.example/1.xml")) == Sitemap(parts=("https://a.example/1.xml",))


def test_addresses_of_images_are_not_those_of_pages():
    text = f"""<urlset {NAMESPACE} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>
      <image:image><image:loc>https://a.example/bild.png</image:loc></image:image>
      <loc> https://a.example/x </loc></url></urlset>"""
    assert parse_sitemap(text.encode()).entries == (Entry("https://a.example/x"),)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", FetchFailed), (b"  ", FetchFailed), (b"<html></html>", UnreadableMarkup), (b"<urlset>", UnreadableMarkup),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>', UnreadableMarkup),
        (b"\x1f\x8bkaputt", FetchFailed), (b"Guten Tag", UnreadableMarkup),
    ],
)  # fmt: skip
def test_what_is_no_sitemap_is_refused(data, error):
    with pytest.raises(error):
        parse_sitemap(data)


def test_too_many_elements_are_refused_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr("ingest.web.markup.MAX_ELEMENTS", 10)
    assert len(parse_xml(b"<a>" + b"<b/>" * 9 + b"</a>").children) == 9
    with pytest.raises(UnreadableMarkup, match="mehr als 10 Elemente"):
        parse_xml(b"<a>" + b"<b/>" * 10 + b"</a>")


@given(st.binary(max_size=200))
def test_any_bytes_are_markup_or_refused(data):
    for read in (parse_xml, find_document_links, parse_sitemap):
        try:
            read(data)
        except (UnreadableMarkup, FetchFailed):
            continue


@pytest.mark.parametrize(
    ("entry", "same"),
    [
        ("https://a.example/", True),
        ("http://www.a.example/", True),
        ("https://b.example/", False),
        ("https://x.a.example/", False),
    ],
)
def test_a_sitemap_speaks_for_its_own_host(entry, same):
    assert is_same_site(parse_address("https://www.a.example/sitemap.xml"), parse_address(entry)) is same


@pytest.mark.parametrize(
    ("stamp", "known", "fetched", "current"),
    [
        ("2024-05-01", "2024-05-01", "2024-05-02", True),
        ("2024-05-01", "2024-05-01", "2024-05-01", False),  # changed once more on the same day, perhaps
        ("2024-05-02", "2024-05-01", "2024-06-01", False),
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z", "2024-05-02", True),
        ("", "", "2024-05-02", False),
        ("neulich", "neulich", "2024-05-02", False),
    ],
)
def test_what_its_source_calls_unchanged_is_not_asked_for(stamp, known, fetched, current):
    assert is_current(Holding("k", "s", "a/b.pdf", "https://a.example/", "", fetched, known), stamp) is current


# --- robots.txt ------------------------------------------------------------------------------------------------------------


def test_robots_txt_is_asked_once_and_its_wildcards_and_pace_are_kept(server):
    text = b"User-agent: *\nCrawl-delay: 4\nDisallow: /intern/\nDisallow: /*.pdf$\nAllow: /intern/frei/\n"
    server.routes["/robots.txt"] = Reply(text, "text/plain")
    server.routes["/intern/frei/x"] = Reply(b"x")
    clock = StoppedClock()
    with polite_fetcher(clock) as fetcher:
        robots = Robots(fetcher)
        for path in ("/intern/x", "/a/studie.pdf"):
            with pytest.raises(ForbiddenByRobots, match=r"robots\.txt"):
                robots.check(parse_address(server.url + path))
        fetcher.get(parse_address(server.url + "/intern/frei/x"), permit=robots.check)
        fetcher.get(parse_address(server.url + "/intern/frei/x"), permit=robots.check)
    assert server.asked == ["/robots.txt", "/intern/frei/x", "/intern/frei/x"]
    assert clock.slept == [1.0, 4.0]


def test_a_rule_for_us_by_name_counts_before_the_general_one(server):
    server.routes["/robots.txt"] = Reply(
        b"User-agent: *\nDisallow: /\n\nUser-agent: ChangeWissen\nDisallow: /nein\n", "text/plain"
    )
    with polite_fetcher() as fetcher:
        robots = Robots(fetcher)
        robots.check(parse_address(server.url + "/ja"))
        with pytest.raises(ForbiddenByRobots):
            robots.check(parse_address(server.url + "/nein"))


@pytest.mark.parametrize(
    ("status", "allowed"), [(404, True), (403, True), (410, True), (500, False), (503, False), (429, False)]
)
def test_without_a_robots_txt_all_is_allowed_and_with_a_broken_one_nothing(server, status, allowed):
    server.routes["/robots.txt"] = Reply(status=status)
    with polite_fetcher() as fetcher:
        if allowed:
            Robots(fetcher).check(parse_address(server.url + "/x"))
        else:
            with pytest.raises(ForbiddenByRobots, match="nicht abrufbar"):
                Robots(fetcher).check(parse_address(server.url + "/x"))


# --- A whole visit -----------------------------------------------------------------------------------------------------------


def test_a_sitemap_brings_its_documents_with_where_they_come_from(server, shelf):
    server.routes["/sitemap.xml"] = Reply(index(server.url + "/teil.xml.gz"), "text/xml")
    addresses = [f"{server.url}{path}" for path in ("/Studie%202020.pdf", "/seite", "/weg", "/bild.png", "/Studie%202020.pdf")]
    server.routes["/teil.xml.gz"] = Reply(gzip.compress(urlset(*addresses, "https://andere.example/x")), "application/gzip")
    server.routes["/Studie%202020.pdf"] = PDF
    server.routes["/seite"] = Reply(b"<html><p>Hallo</p></html>")
    server.routes["/bild.png"] = Reply(b"\x89PNG", "image/x-unknown")
    with polite_fetcher() as fetcher:
        harvest = harvest_sitemap(server.url + "/sitemap.xml", fetcher, shelf)
    assert (harvest.loaded, harvest.unchanged, harvest.removed) == (2, 0, ())
    assert states(harvest, server) == {
        "/weg": State.FAILED, "/bild.png": State.SKIPPED, "https://andere.example/x": State.SKIPPED,
    }  # fmt: skip
    names = offered(shelf)
    assert [name.rpartition("-")[0] for name in names] == ["Studie-2020", "seite"]
    assert [Path(name).suffix for name in names] == [".pdf", ".html"]
    sidecar = next(shelf.folder.rglob("Studie-2020-*.pdf.meta.yaml"))
    assert yaml.safe_load(sidecar.read_text("utf-8")) == {"source_url": f"{server.url}/Studie%202020.pdf"}


def test_a_second_visit_leaves_what_is_unchanged_alone_and_takes_away_what_is_gone(server, shelf):
    server.routes["/s.xml"] = Reply(urlset(*(f"{server.url}/{name}.pdf" for name in "abc")), "text/xml")
    server.routes["/a.pdf"] = lambda headers: (
        Reply(status=304) if "if-none-match" in headers else Reply(b"%PDF-1 a", "application/pdf", headers={"ETag": '"1"'})
    )
    server.routes["/b.pdf"] = server.routes["/c.pdf"] = PDF
    with polite_fetcher() as fetcher:
        harvest_sitemap(server.url + "/s.xml", fetcher, shelf)
        before = {path: path.stat().st_mtime_ns for path in shelf.folder.rglob("*.pdf*")}
        server.routes["/s.xml"] = Reply(urlset(f"{server.url}/a.pdf", f"{server.url}/b.pdf"), "text/xml")
        server.routes["/b.pdf"] = Reply(b"%PDF-1 neu", "application/pdf")
        harvest = harvest_sitemap(server.url + "/s.xml", fetcher, shelf)
    assert (harvest.loaded, harvest.unchanged, harvest.reports) == (1, 1, ())
    assert [Path(path).name.partition("-")[0] for path in harvest.removed] == ["c"]
    changed = [path for path, time in before.items() if not path.exists() or path.stat().st_mtime_ns != time]
    assert sorted(path.name.partition("-")[0] for path in changed) == ["b", "c", "c"]  # of b only the document itself


@pytest.mark.parametrize("broken", [Reply(status=500), Reply(b"<urlset/>", "text/xml"), Reply(b"<kaputt", "text/xml")])
def test_a_sitemap_that_is_empty_or_broken_takes_nothing_away(server, shelf, broken):
    server.routes["/s.xml"] = Reply(index(f"{server.url}/1.xml", f"{server.url}/2.xml"), "text/xml")
    server.routes["/1.xml"] = server.routes["/2.xml"] = Reply(urlset(f"{server.url}/a.pdf"), "text/xml")
    server.routes["/a.pdf"] = PDF
    with polite_fetcher() as fetcher:
        harvest_sitemap(server.url + "/s.xml", fetcher, shelf)
        server.routes["/1.xml"] = server.routes["/2.xml"] = broken
        harvest = harvest_sitemap(server.url + "/s.xml", fetcher, shelf)
    assert harvest.removed == ()
    assert len(offered(shelf)) == 1


def test_sitemaps_that_lead_in_circles_or_too_deep_or_are_too_long_come_to_an_end(server, shelf, monkeypatch):
    monkeypatch.setattr("ingest.web.harvest.MAX_ENTRIES", 5)
    server.routes["/kreis.xml"] = Reply(index(f"{server.url}/kreis.xml", f"{server.url}/tief1.xml"), "text/xml")
    for depth in range(1, 5):
        server.routes[f"/tief{depth}.xml"] = Reply(index(f"{server.url}/tief{depth + 1}.xml"), "text/xml")
    server.routes["/lang.xml"] = Reply(urlset(*(f"{server.url}/{number}.pdf" for number in range(9))), "text/xml")
    for number in range(9):
        server.routes[f"/{number}.pdf"] = PDF
    with polite_fetcher() as fetcher:
        circle = harvest_sitemap(server.url + "/kreis.xml", fetcher, shelf)
        long = harvest_sitemap(server.url + "/lang.xml", fetcher, shelf)
    assert [file.reason for file in circle.reports] == ["Die Sitemap hat mehr als 2 Ebenen; die tieferen wurden ausgelassen."]
    assert "/tief3.xml" not in server.asked
    assert long.loaded == 5
    assert "mehr als 5 Adressen" in long.reports[0].reason


def test_a_failed_address_costs_only_itself_and_the_old_version_stays(server, shelf):
    server.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /verboten", "text/plain")
    server.routes["/a.pdf"] = PDF
    lines = ["kein Link", f"{server.url}/verboten", f"{server.url}/a.pdf", "http://127.1/x"]
    with polite_fetcher() as fetcher:
        first = harvest_addresses(lines, fetcher, shelf)
        server.routes["/a.pdf"] = Reply(b"<html>Bitte anmelden</html>")
        second = harvest_addresses(lines[2:3], fetcher, shelf)
    assert first.loaded == 1
    assert list(states(first, server).values()) == [State.FAILED, State.SKIPPED, State.FAILED]
    assert second.reports[0].state is State.FAILED
    assert second.reports[0].reason.endswith(basket_module.KEPT)
    assert len(offered(shelf)) == 1


def test_a_document_named_by_hand_stays_when_a_sitemap_forgets_it(server, shelf):
    server.routes["/a.pdf"] = server.routes["/b.pdf"] = PDF
    server.routes["/s.xml"] = Reply(urlset(f"{server.url}/a.pdf", f"{server.url}/b.pdf"), "text/xml")
    with polite_fetcher() as fetcher:
        harvest_addresses([f"{server.url}/a.pdf"], fetcher, shelf)
        harvest_sitemap(server.url + "/s.xml", fetcher, shelf)
        server.routes["/s.xml"] = Reply(urlset(f"{server.url}/b.pdf"), "text/xml")
        assert harvest_sitemap(server.url + "/s.xml", fetcher, shelf).removed == ()


def test_an_entry_with_a_known_day_of_change_is_not_asked_for_again(server, shelf):
    server.routes["/s.xml"] = Reply(urlset(f"{server.url}/a.pdf", modified="2024-05-01"), "text/xml")
    server.routes["/a.pdf"] = PDF
    with polite_fetcher() as fetcher:
        harvest_sitemap(server.url + "/s.xml", fetcher, shelf)
        assert harvest_sitemap(server.url + "/s.xml", fetcher, shelf).unchanged == 1
    assert server.asked.count("/a.pdf") == 1
    assert shelf.find(f"{server.url}/a.pdf").fetched >= date(2024, 5, 2).isoformat()


def test_a_list_of_addresses_has_comments_and_says_each_once(tmp_path):
    path = tmp_path / "liste.txt"
    path.write_bytes("\ufeff# Studien\nhttps://a.example/x\n\n  https://a.example/y \r\nhttps://a.example/x\n".encode())
    assert read_addresses(path) == ["https://a.example/x", "https://a.example/y"]


def test_what_was_brought_in_is_taken_in_once_and_goes_with_its_source(server, tmp_path):
    text = "Die Schichtplanung wird mit dem Betriebsrat besprochen. " * 5
    for name in ("a", "b"):
        server.routes[f"/{name}"] = Reply(f"<html><title>Studie {name}</title><p>{name}: {text}</p></html>".encode())
    server.routes["/s.xml"] = Reply(urlset(f"{server.url}/a", f"{server.url}/b", f"{server.url}/weg"), "text/xml")

    def bring_in(knowledge_base):
        with polite_fetcher() as fetcher, Shelf(knowledge_base.root / FOLDER) as shelf:
            harvest = harvest_sitemap(server.url + "/s.xml", fetcher, shelf)
        report = ingest([shelf.folder], knowledge_base, embedder=None, prune=bool(harvest.removed))
        return harvest, report, {document.metadata.source_url for document in knowledge_base.documents()}

    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        harvest, report, sources = bring_in(knowledge_base)
        assert [file.state for file in (*harvest.reports, *report.files)] == [State.FAILED, State.INDEXED, State.INDEXED]
        assert sources == {f"{server.url}/a", f"{server.url}/b"}
        server.routes["/s.xml"] = Reply(urlset(f"{server.url}/a"), "text/xml")
        harvest, report, sources = bring_in(knowledge_base)
        assert [file.state for file in report.files] == [State.UNCHANGED]
        assert list(report.pruned) == list(harvest.removed)
        assert sources == {f"{server.url}/a"}
