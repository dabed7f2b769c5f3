"""CSL-JSON, read back as JSON and set by a citation processor."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from html import unescape
from io import BytesIO

import pytest
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, Locator, formatter
from citeproc.source.json import CiteProcJSON
from hypothesis import given, settings

from search_service.bibliography.csl import make_csl_item, place_in_csl, write_csl
from search_service.bibliography.items import make_locator, one_line
from search_service.citations import PDF, PPTX
from search_service.documents import Metadata, Page
from tests.search_service.bibliography.cited_works import HOSTILE, METADATA, PAGES, PRINTED, STUDY, make_entry, make_passage

# Written for this test; only what it asks about.
STYLE = """<style xmlns="http://purl.org/net/xbiblio/csl" class="note" version="1.0" default-locale="de-DE">
  <info><title>Probe</title><id>probe</id><updated>2026-01-01T00:00:00+00:00</updated></info>
  <citation><layout delimiter="; ">
    <names variable="author"><name form="short" delimiter=" / "/></names>
    <group prefix=" (" suffix=")"><date variable="issued"><date-part name="year"/></date></group>
    <text variable="title" prefix=": "/>
    <group prefix=", "><label variable="locator" form="short" suffix=" "/><text variable="locator"/></group>
  </layout></citation>
  <bibliography><layout suffix=".">
    <names variable="author"><name name-as-sort-order="all" sort-separator=", " delimiter="; "/></names>
    <date variable="issued" prefix=" (" suffix=")"><date-part name="year"/></date>
    <text variable="title" prefix=": "/><text variable="edition" prefix=" / "/><text variable="publisher" prefix=" / "/>
  </layout></bibliography>
</style>"""


def set_work(item: dict) -> tuple[str, str]:
    """Return citation and bibliography as a processor sets them from what we hand out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the processor tells of variables that it does not know: custom, ISBN
        style = CitationStylesStyle(BytesIO(STYLE.encode()), locale="de-DE", validate=False)
        bibliography = CitationStylesBibliography(style, CiteProcJSON([item]), formatter.plain)
        [place] = item.get("custom", {}).get("citationItems", [{}])
        locator = Locator(place["label"], place["locator"]) if "label" in place else None
        citation = Citation([CitationItem(item["id"], locator=locator)])
        bibliography.register(citation)
        return str(bibliography.cite(citation, lambda _: None)), str(bibliography.bibliography()[0])


def test_a_study_cited_at_two_pages():
    assert make_csl_item(make_entry(STUDY, PRINTED)) == {
        "id": "mueller2025kuenstliche-1f3a5c",
        "type": "report",
        "title": "Künstliche Intelligenz im Betrieb",
        "author": [
            {"family": "Müller", "given": "Anna"},
            {"family": "Özdemir", "given": "Bernd"},
            {"literal": "Institut Arbeit und Technik"},
        ],
        "issued": {"date-parts": [[2025]]},
        "publisher": "Zukunfts-HUB Ruhr",
        "genre": "Studie",
        "edition": 2,
        "language": "de",
        "DOI": "10.1000/xyz_1",
        "URL": "https://example.org/studie?a=1&b=2%20c",
        "note": "Zitierte Stelle: S. 12–13 (PDF-Seiten 15–16). URN: urn:nbn:de:0001-2345",
        "custom": {"citationItems": [{"id": "mueller2025kuenstliche-1f3a5c", "label": "page", "locator": "12–13"}]},
    }


def test_a_processor_sets_authors_year_title_and_the_printed_pages():
    item = make_csl_item(make_entry(replace(STUDY, authors=STUDY.authors[:2]), PRINTED))
    citation, bibliography = set_work(item)
    assert citation == "Müller / Özdemir (2025): Künstliche Intelligenz im Betrieb, S. 12–13"
    assert bibliography == "Müller, Anna; Özdemir, Bernd (2025): Künstliche Intelligenz im Betrieb / 2 / Zukunfts-HUB Ruhr."


@pytest.mark.parametrize(
    ("pages", "media_type", "expected"),
    [
        (PRINTED, PDF, {"label": "page", "locator": "12–13"}),
        ((), "text/html", {"label": "section", "locator": "Recht"}),
        ((Page(15),), PDF, {"suffix": ", PDF-Seite 15"}),
        ((Page(3),), PPTX, {"suffix": ", Folie 3"}),
    ],
)
def test_the_place_is_a_locator_only_where_csl_has_a_term_for_it(pages, media_type, expected):
    locator = make_locator(make_passage(pages), media_type)
    assert locator is not None
    assert place_in_csl(locator) == expected


def test_a_web_page_tells_when_it_was_read_and_what_is_not_known_has_no_key():
    known = Metadata("Titel", source_url="https://example.org/")
    assert make_csl_item(make_entry(known, media_type="text/html")) == {
        "id": "titel-1f3a5c",
        "type": "webpage",
        "title": "Titel",
        "URL": "https://example.org/",
        "accessed": {"date-parts": [[2026, 3, 5]]},
    }


@given(HOSTILE)
@settings(max_examples=40)  # the processor takes 10 ms for each
def test_a_processor_sets_any_title(title):
    expected = one_line(title) or "Ohne Titel"
    citation, _ = set_work(make_csl_item(make_entry(replace(STUDY, title=title, authors=()), PRINTED)))
    letters = "".join(
        filter(str.isalnum, unescape(citation))
    ).casefold()  # it makes typographer's quotes and drops doubled stops
    assert letters.startswith("2025" + "".join(filter(str.isalnum, unescape(expected))).casefold())
    assert citation.endswith("S. 12–13")


@given(METADATA, PAGES)
@settings(max_examples=60)
def test_any_work_is_one_item_of_the_schema(metadata, pages):
    [item] = json.loads(write_csl([make_entry(metadata, pages)]).encode())
    allowed = {
        "id", "type", "title", "author", "issued", "publisher", "genre", "edition", "language", "DOI", "ISBN", "URL",
        "accessed", "note", "custom",
    }  # fmt: skip
    assert {"id", "type", "title"} <= set(item) <= allowed
    assert all(set(name) in ({"literal"}, {"family", "given"}) for name in item.get("author", ()))
    assert item["title"] == (one_line(metadata.title) or "Ohne Titel")
    assert item.get("issued") == ({"date-parts": [[metadata.year]]} if metadata.year else None)
