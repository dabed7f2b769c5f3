"""What the page of a document tells search engines and Zotero."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from lxml import html

from search_service.bibliography.items import one_line
from search_service.documents import Metadata
from search_service.site.renderer import load_templates
from search_service.structured_data import describe_document
from tests.search_service.bibliography.cited_works import HOSTILE, METADATA, STUDY, make_document
from tests.search_service.page_reader import read
from tests.search_service.small_library import CASE, GUIDE

# As in the template of the document.
HEAD = "{% for name, content in machines.tags %}<meta name='{{ name }}' content='{{ content }}'>{% endfor %}" + (
    "<script type='application/ld+json'>{{ machines.linked_data|tojson }}</script>"
)


def test_a_study_is_a_report_by_persons_and_an_organisation():
    known = replace(STUDY, license="CC BY 4.0", valid_until=date(2027, 1, 1), topics=("ki",), note="Entwurf")
    machines = describe_document(make_document(known), "https://wissen.example.org")
    page = "https://wissen.example.org/dokument/d00000000001f3a5c"
    assert machines.linked_data == {
        "@context": "https://schema.org",
        "@type": "Report",
        "@id": page,
        "url": page,
        "name": "Künstliche Intelligenz im Betrieb",
        "author": [
            {"@type": "Person", "name": "Anna Müller", "familyName": "Müller", "givenName": "Anna"},
            {"@type": "Person", "name": "Bernd Özdemir", "familyName": "Özdemir", "givenName": "Bernd"},
            {"@type": "Organization", "name": "Institut Arbeit und Technik"},
        ],
        "datePublished": "2025",
        "publisher": {"@type": "Organization", "name": "Zukunfts-HUB Ruhr"},
        "inLanguage": "de",
        "genre": "Studie",
        "keywords": ["Künstliche Intelligenz"],
        "version": 2,
        "identifier": [
            {"@type": "PropertyValue", "propertyID": "DOI", "value": "10.1000/xyz_1"},
            {"@type": "PropertyValue", "propertyID": "URN", "value": "urn:nbn:de:0001-2345"},
        ],
        "sameAs": "https://doi.org/10.1000/xyz_1",
        "license": {"@type": "CreativeWork", "name": "CC BY 4.0"},
        "expires": "2027-01-01",
        "description": "Entwurf",
        "encoding": {
            "@type": "MediaObject",
            "contentUrl": "https://wissen.example.org/api/v1/documents/d00000000001f3a5c/file",
            "encodingFormat": "application/pdf",
            "contentSize": "1 B",
        },
    }
    assert machines.tags == (
        ("DC.type", "report"),
        ("citation_title", "Künstliche Intelligenz im Betrieb"),
        ("citation_author", "Müller, Anna"),
        ("citation_author", "Özdemir, Bernd"),
        ("citation_author", "Institut Arbeit und Technik"),
        ("citation_publication_date", "2025"),
        ("citation_publisher", "Zukunfts-HUB Ruhr"),
        ("citation_technical_report_institution", "Zukunfts-HUB Ruhr"),
        ("citation_pdf_url", "https://wissen.example.org/api/v1/documents/d00000000001f3a5c/file"),
        ("citation_public_url", "https://example.org/studie?a=1&b=2%20c"),
        ("citation_language", "de"),
        ("citation_doi", "10.1000/xyz_1"),
    )


def test_a_book_has_isbn_and_edition_and_what_is_unknown_is_left_out():
    book = describe_document(make_document(replace(STUDY, isbn="9783161484100")))
    assert (book.linked_data["@type"], book.linked_data["isbn"], book.linked_data["bookEdition"]) == (
        "Book",
        "9783161484100",
        "2",
    )
    assert dict(book.tags)["citation_isbn"] == "9783161484100"
    bare = describe_document(make_document(Metadata("Titel"), "text/plain"))
    assert set(bare.linked_data) == {"@context", "@type", "@id", "url", "name", "encoding"}
    assert bare.tags == (("DC.type", "document"), ("citation_title", "Titel"))


def test_the_page_of_a_document_carries_them_and_leads_to_the_records(client):
    page = read(client, f"/dokument/{GUIDE}")
    assert page.xpath("//meta[@name='citation_author']/@content") == ["Redaktion Zukunfts-HUB"]
    assert page.xpath("//meta[@name='citation_pdf_url']/@content") == [f"/api/v1/documents/{GUIDE}/file"]
    [data] = page.xpath("//head/script[@type='application/ld+json']/text()")
    assert json.loads(data)["name"] == "Leitfaden Künstliche Intelligenz im Betrieb"
    records = page.xpath("//head/link[@rel='alternate'][contains(@href, '/citation?format=')]")
    assert [each.get("type") for each in records] == [
        "application/vnd.citationstyles.csl+json",
        "application/x-bibtex",
        "application/x-research-info-systems",
    ]
    for each in records:
        assert client.get(each.get("href")).headers["content-type"].startswith(each.get("type"))


def test_a_title_with_markup_stays_a_title(client):
    page = read(client, f"/dokument/{CASE}")
    title = 'Fallbericht <script>alert("x")</script> & Übergabe'
    assert page.xpath("//meta[@name='citation_title']/@content") == [title]
    [data] = page.xpath("//script/text()")
    assert json.loads(data)["name"] == title


@given(METADATA, HOSTILE)
@settings(max_examples=60)
def test_no_text_breaks_out_of_its_place(metadata, title):
    machines = describe_document(make_document(replace(metadata, title=title)))
    page = load_templates().from_string(HEAD).render(machines=machines)
    head = html.fromstring(f"<html><head>{page}</head><body></body></html>").find("head")
    assert [element.tag for element in head] == ["meta"] * len(machines.tags) + ["script"]
    assert json.loads(head[-1].text)["name"] == (one_line(title) or "Ohne Titel")
    assert head[1].get("content") == (one_line(title) or "Ohne Titel")
