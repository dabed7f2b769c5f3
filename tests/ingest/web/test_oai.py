"""Repositories: what their records say, and bringing in their full texts, against a server on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.report import State
from ingest.sources import walk
from ingest.web import harvest as harvest_module
from ingest.web.addresses import parse_address
from ingest.web.harvest import harvest_addresses, harvest_records
from ingest.web.markup import UnreadableMarkup, parse_xml
from ingest.web.oai import Record, build_request, check_since, describe_record, find_places, parse_records
from search_service.errors import InvalidSettings
from tests.ingest.web.local_server import Reply, polite_fetcher

PDF = Reply(b"%PDF-1.7 Studie", "application/pdf", headers={"ETag": '"1"'})
FIRST = "/oai?verb=ListRecords&metadataPrefix=oai_dc"

ANSWER = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2024-06-01T00:00:00Z</responseDate>
<request verb="ListRecords">https://repo.example/oai</request>{content}</OAI-PMH>"""
RECORD = """<record><header{status}><identifier>{identifier}</identifier><datestamp>{stamp}</datestamp></header>
{metadata}</record>"""
CORE = """<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">{terms}</oai_dc:dc></metadata>"""


def record(identifier, *terms, stamp="2024-05-01", deleted=False):
    named = "".join(f"<dc:{name}>{text}</dc:{name}>" for name, text in terms)
    metadata = "" if deleted else CORE.format(terms=named)
    status = ' status="deleted"' if deleted else ""
    return RECORD.format(identifier=identifier, stamp=stamp, metadata=metadata, status=status)


def page(*records, token=None):
    tail = "" if token is None else f'<resumptionToken cursor="0">{token}</resumptionToken>'
    return Reply(ANSWER.format(content=f"<ListRecords>{''.join(records)}{tail}</ListRecords>").encode(), "text/xml")


def refusal(code, text="so nicht"):
    return Reply(ANSWER.format(content=f'<error code="{code}">{text}</error>').encode(), "text/xml")


def visit(server, shelf, **options):
    with polite_fetcher() as fetcher:
        return harvest_records(f"{server.url}/oai", fetcher, shelf, **options)


def names(shelf):
    return sorted(offer.path.name.rpartition("-")[0] for offer in walk([shelf.folder]))


# --- Reading ---------------------------------------------------------------------------------------------------------------


def test_a_page_of_records_is_read_by_hand():
    text = page(
        record("oai:r:1", ("title", " Schicht\n planen "), ("creator", "Öz, Ela"), ("creator", "Ott, B.")), token="t 1"
    ).body
    read = parse_records(parse_xml(text))
    terms = {"title": ("Schicht planen",), "creator": ("Öz, Ela", "Ott, B.")}
    assert read.records == (Record("oai:r:1", "2024-05-01", False, terms),)
    assert read.token == "t 1"
    assert parse_records(parse_xml(page(record("oai:r:2", deleted=True), token="").body)).token is None


def test_no_records_are_no_error_and_errors_are_told_in_german():
    assert parse_records(parse_xml(refusal("noRecordsMatch").body)).problem is None
    assert "--oai-set" in parse_records(parse_xml(refusal("badArgument").body)).problem
    assert "„so nicht“" in parse_records(parse_xml(refusal("erfunden").body)).problem
    for other in (b"<html/>", ANSWER.format(content="<Identify/>").encode()):
        with pytest.raises(UnreadableMarkup):
            parse_records(parse_xml(other))


def test_the_request_names_set_and_day_once_and_then_only_the_token():
    endpoint = parse_address("https://repo.example/oai?x=1")
    first = build_request(endpoint, set_name="studien&mehr", since="2024-05-01")
    assert first.target == "/oai?x=1&verb=ListRecords&metadataPrefix=oai_dc&set=studien%26mehr&from=2024-05-01"
    assert build_request(endpoint, token="a b/c", set_name="x").target == "/oai?x=1&verb=ListRecords&resumptionToken=a+b%2Fc"


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("index.php?page=oai", "index.php?page=oai&"),
        ("index.php?page=oai&lang=de%20x", "index.php?page=oai&lang=de%20x&"),
        ("oai", "oai?"),
        ("oai?", "oai?"),
        ("oai?verb=Identify", "oai?"),
        ("oai?%76erb=Identify&a=b&set=y&from=2020-01-01", "oai?a=b&"),
    ],
)
def test_the_query_of_the_endpoint_stays_but_for_what_the_protocol_says_itself(target, kept):
    request = build_request(parse_address(f"https://repo.example/{target}"))
    assert request.target == f"/{kept.rstrip('&')}{'&' if kept.endswith('&') else ''}verb=ListRecords&metadataPrefix=oai_dc"


def test_values_keep_their_order_and_a_record_of_too_many_is_cut():
    authors = [("creator", f"Autor {number}") for number in range(12_000)]
    read = parse_records(parse_xml(page(record("oai:r:1", ("title", "Studie"), *authors, ("title", "Zu spät"))).body))
    assert read.records[0].terms == {"title": ("Studie",), "creator": tuple(text for _, text in authors[:9_999])}


@pytest.mark.parametrize("text", ["2024-05-01", "2024-05-01T12:00:00Z"])
def test_a_day_or_a_moment_is_taken(text):
    assert check_since(text) == text


@pytest.mark.parametrize("text", ["", "1.5.2024", "2024-13-01", "2024-05-01T12:00", "gestern", "2024-05-01T25:00:00Z"])
def test_anything_else_is_no_date(text):
    with pytest.raises(InvalidSettings, match="kein Datum"):
        check_since(text)


def test_dublin_core_becomes_the_fields_of_a_sidecar():
    terms = {
        "title": ("Schichtplanung in der Pflege", "Shift planning"),
        "creator": ("Öztürk, Ela", "Ott, Bernd"),
        "date": ("2023-02-01T10:11:12Z", "2023-02-01T10:11:12Z", "2021-11"),
        "publisher": ("Beispielverlag",),
        "type": ("info:eu-repo/semantics/report", "Studie"),
        "language": ("deu",),
        "rights": ("info:eu-repo/semantics/openAccess", "Frei", "https://creativecommons.org/licenses/by/4.0/"),
        "identifier": (
            "https://repo.example/files/1/studie.pdf", "https://repo.example/handle/1/1", "https://doi.org/10.1234/abc.5",
            "urn:nbn:de:0123-456", "ISBN 978-3-16-148410-0",
        ),
    }  # fmt: skip
    assert describe_record(Record("oai:r:1", "2024-05-01", False, terms)) == {
        "title": "Schichtplanung in der Pflege",
        "authors": ("Öztürk, Ela", "Ott, Bernd"),
        "year": 2021,
        "publisher": "Beispielverlag",
        "type": "study",
        "language": "deu",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "source_url": "https://repo.example/handle/1/1",
        "doi": "10.1234/abc.5",
        "isbn": "9783161484100",
        "urn": "urn:nbn:de:0123-456",
    }
    assert describe_record(Record("oai:r:2", "")) == {}


@pytest.mark.parametrize(
    ("identifier", "isbn"),
    [
        ("3-16-148410-X", None), ("ISBN-10: 3-16-148410-X", "9783161484100"), ("urn:isbn:9783161484100", "9783161484100"),
        ("ISBN-13: 978-3-16-148410-0", "9783161484100"), ("978-3-16-148410-1", None),
        ("https://doi.org/10.1/9783161484100", None), ("9783161484100", "9783161484100"),
        ("97831614841001", None), ("ISBN", None), ("oai:r:9781", None),
    ],
)  # fmt: skip
def test_an_isbn_is_taken_if_its_check_digit_is_right(identifier, isbn):
    assert describe_record(Record("r", "", terms={"identifier": (identifier,)})).get("isbn") == isbn


def test_files_are_tried_before_pages_and_what_is_no_address_not_at_all():
    links = (
        "https://doi.org/10.1/a.pdf",
        "10.1/x",
        "https://r.example/handle/1",
        "https://r.example/a.PDF?x=1",
        "urn:nbn:de:1",
    )
    assert find_places(Record("r", "", terms={"identifier": links})) == (links[0], links[3], links[2])


text = st.text(max_size=30)


@given(
    st.dictionaries(
        st.sampled_from(["title", "creator", "date", "identifier", "rights", "language", "type"]), st.tuples(text, text)
    )
)
def test_whatever_a_record_says_gives_fields_with_something_in_them(terms):
    fields = describe_record(Record("r", "", terms=terms))
    assert all(fields.values())
    assert 1500 <= fields.get("year", 2000) < 2100


# --- A whole visit -----------------------------------------------------------------------------------------------------------


def test_records_are_brought_in_page_by_page_from_files_and_from_behind_pages(server, shelf):
    u = server.url
    server.routes[FIRST] = page(
        record("oai:r:1", ("title", "Direkt „A“: b"), ("identifier", f"{u}/files/1/studie.pdf")),
        record("oai:r:2", ("title", "Hinter einer Seite"), ("identifier", f"{u}/handle/2")),
        token="weiter+1",
    )
    server.routes["/oai?verb=ListRecords&resumptionToken=weiter%2B1"] = page(
        record("oai:r:3", ("title", "Nur verlinkt"), ("identifier", f"{u}/handle/3")),
        record("oai:r:4", ("title", "Ohne Datei"), ("identifier", f"{u}/handle/4")),
        record("oai:r:5", ("title", "Ohne Adresse")),
        record("oai:r:6", ("title", "Fehlt"), ("identifier", f"{u}/weg.pdf")),
    )
    server.routes["/files/1/studie.pdf"] = server.routes["/zwei.pdf"] = server.routes["/bitstream/drei.pdf?sequence=1"] = PDF
    server.routes["/handle/2"] = Reply(f'<meta name="citation_pdf_url" content="{u}/zwei.pdf">'.encode())
    server.routes["/handle/3"] = Reply(
        b'<a href="https://andere.example/fremd.pdf">F</a><a href="/bitstream/drei.pdf?sequence=1">PDF</a>'
    )
    server.routes["/handle/4"] = Reply(b"<p>Kein Volltext.</p>")
    harvest = visit(server, shelf)
    assert (harvest.loaded, names(shelf)) == (3, ["drei", "studie", "zwei"])
    assert {file.path: file.state for file in harvest.reports} == {
        "oai:r:4": State.SKIPPED, "oai:r:5": State.SKIPPED, "oai:r:6": State.FAILED,
    }  # fmt: skip
    sidecar = next(shelf.folder.rglob("studie-*.pdf.meta.yaml"))
    assert yaml.safe_load(sidecar.read_text("utf-8")) == {
        "title": "Direkt „A“: b", "source_url": f"{u}/files/1/studie.pdf",
    }  # fmt: skip


def test_a_second_visit_asks_only_for_what_changed_and_takes_away_what_is_deleted(server, shelf):
    place = ("identifier", f"{server.url}/a.pdf")
    server.routes["/a.pdf"] = lambda headers: Reply(status=304) if headers.get("if-none-match") == '"1"' else PDF
    server.routes[FIRST] = page(record("oai:r:1", ("title", "Alt"), place))
    visit(server, shelf)
    asked = server.asked.count("/a.pdf")
    assert visit(server, shelf).unchanged == 1
    assert server.asked.count("/a.pdf") == asked

    server.routes[FIRST] = page(record("oai:r:1", ("title", "Neu"), place, stamp="2024-06-01"))
    assert visit(server, shelf).unchanged == 1
    sidecar = next(shelf.folder.rglob("*.meta.yaml"))
    assert yaml.safe_load(sidecar.read_text("utf-8"))["title"] == "Neu"
    assert next(shelf.folder.rglob("a-*.pdf")).read_bytes() == PDF.body

    server.routes[FIRST] = page(record("oai:r:1", deleted=True), record("oai:r:9", deleted=True))
    removed = visit(server, shelf).removed
    assert [Path(path).name.partition("-")[0] for path in removed] == ["a"]
    assert names(shelf) == []


def test_a_preview_is_not_the_work(server, shelf):
    places = [("identifier", f"{server.url}/vorschau.jpg"), ("identifier", f"{server.url}/handle/1")]
    server.routes[FIRST] = page(record("oai:r:1", *places))
    server.routes["/vorschau.jpg"] = Reply(b"\xff\xd8\xff", "image/jpeg")
    server.routes["/handle/1"] = Reply(b'<a href="/werk.pdf">Volltext</a>')
    server.routes["/werk.pdf"] = PDF
    assert (visit(server, shelf).reports, names(shelf)) == ((), ["werk"])


def test_a_page_that_asks_to_log_in_is_not_taken_for_the_pdf(server, shelf):
    server.routes[FIRST] = page(record("oai:r:1", ("identifier", f"{server.url}/a.pdf")))
    server.routes["/a.pdf"] = Reply(b"<html>Bitte anmelden</html>", "application/pdf")
    report = visit(server, shelf).reports[0]
    assert (report.state, names(shelf)) == (State.FAILED, [])
    assert "Anmeldeseite" in report.reason


def test_files_are_fetched_by_robots_txt_and_the_endpoint_is_there_for_us(server, shelf):
    server.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /oai\nDisallow: /intern/", "text/plain")
    server.routes[FIRST] = page(record("oai:r:1", ("identifier", f"{server.url}/intern/a.pdf")))
    report = visit(server, shelf).reports[0]
    assert (report.path, report.state) == ("oai:r:1", State.SKIPPED)
    assert "/intern/a.pdf" not in server.asked


def test_a_repository_that_repeats_itself_or_breaks_off_is_reported_and_what_came_stays(server, shelf):
    server.routes["/a.pdf"] = PDF
    server.routes[FIRST] = page(record("oai:r:1", ("identifier", f"{server.url}/a.pdf")), token="t")
    server.routes["/oai?verb=ListRecords&resumptionToken=t"] = page(token="t")
    circle = visit(server, shelf)
    assert [(file.path, file.state) for file in circle.reports] == [(f"{server.url}/oai", State.FAILED)]
    server.routes["/oai?verb=ListRecords&resumptionToken=t"] = refusal("badResumptionToken")
    assert "ein neuer Start" in visit(server, shelf).reports[0].reason
    assert names(shelf) == ["a"]


def test_nothing_new_is_a_notice_and_no_failure(server, shelf):
    server.routes[FIRST + "&set=x&from=2024-05-01"] = refusal("noRecordsMatch")
    harvest = visit(server, shelf, set_name="x", since="2024-05-01")
    assert (harvest.reports, len(harvest.notices)) == ((), 1)


@pytest.mark.parametrize("deleted", [False, True])
def test_a_repository_cannot_lay_hands_on_what_came_from_elsewhere(server, shelf, deleted):
    address = f"{server.url}/studie.pdf"
    server.routes["/studie.pdf"] = PDF
    server.routes["/falsch.pdf"] = Reply(b"%PDF-1.7 Falsch", "application/pdf")
    server.routes[FIRST] = page(record("oai:r:1", ("identifier", address)))
    with polite_fetcher() as fetcher:
        harvest_addresses([address], fetcher, shelf)
        visit(server, shelf)
        mine = sorted(path for path in shelf.folder.rglob("studie-*.pdf"))
        foreign = [
            record(name, ("identifier", f"{server.url}/falsch.pdf"), deleted=deleted)
            for name in (address, "oai:r:1", f"{server.url}/oai#oai:r:1")
        ]
        server.routes["/evil?verb=ListRecords&metadataPrefix=oai_dc"] = page(*foreign)
        harvest = harvest_records(f"{server.url}/evil", fetcher, shelf)
    assert (len(mine), harvest.removed, harvest.reports) == (2, (), ())
    assert [path.read_bytes() for path in mine] == [PDF.body] * 2
    assert shelf.find(address).address == address
    assert shelf.find(f"{server.url}/oai#oai:r:1").address == address
    assert harvest.loaded == (0 if deleted else 3)


def test_the_version_that_is_here_stays_if_a_record_cannot_be_had_any_more(server, shelf):
    server.routes["/a.pdf"] = PDF
    server.routes[FIRST] = page(record("oai:r:1", ("identifier", f"{server.url}/a.pdf")))
    visit(server, shelf)
    del server.routes["/a.pdf"]
    server.routes[FIRST] = page(record("oai:r:1", ("identifier", f"{server.url}/a.pdf"), stamp="2024-06-01"))
    assert "Fassung bleibt" in visit(server, shelf).reports[0].reason
    assert names(shelf) == ["a"]


def test_a_repository_without_end_is_left_with_a_notice(server, shelf, monkeypatch):
    monkeypatch.setattr(harvest_module, "MAX_PAGES", 2)
    server.routes[FIRST] = page(record("oai:r:1", deleted=True), token="1")
    server.routes["/oai?verb=ListRecords&resumptionToken=1"] = page(token="2")
    harvest = visit(server, shelf)
    assert (len(server.asked), harvest.reports) == (2, ())
    assert "--oai-from" in harvest.notices[0]
