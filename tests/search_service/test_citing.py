"""The macros that show a citation: complete without scripts, escaped, and where scripts find what they need."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from search_service.site.renderer import load_templates
from tests.search_service.small_library import GUIDE

PASSAGE = "p0123456789abcdef"
FOOTNOTE = 'Müller & Söhne (2025): <b>Recht</b> "KI", S. 4.'


@pytest.fixture(scope="module")
def macros() -> Any:
    return load_templates().get_template("citing.html").module


def read(text: str) -> html.HtmlElement:
    return html.fromstring(f"<div>{text}</div>")


def test_a_passage_is_cited_with_its_footnote_and_files(macros: Any) -> None:
    shown = read(macros.cite(PASSAGE, FOOTNOTE, "Recht & <i>KI</i>"))
    (fold,) = shown.find_class("cite-fold")
    assert (fold.tag, fold.get("open")) == ("details", None)
    assert fold.get("data-citation") == PASSAGE
    assert fold.get("data-address") == f"/api/v1/passages/{PASSAGE}/citation"
    assert fold.find("summary").text_content() == "Zitat – Recht & <i>KI</i>"
    assert fold.find_class("citation")[0].text_content() == FOOTNOTE.replace("S. 4", "S.\u00a04")  # stays on one line
    assert not shown.xpath("//b | //i")
    assert [(link.text_content(), link.get("href")) for link in fold.iter("a")] == [
        (label, f"/api/v1/passages/{PASSAGE}/citation?format={value}&download=true")
        for label, value in (("BibTeX", "bibtex"), ("RIS", "ris"), ("CSL-JSON", "csl"))
    ]


def test_a_document_is_cited_as_a_whole_in_the_same_form(macros: Any) -> None:
    (fold,) = read(macros.cite_document(GUIDE, FOOTNOTE, "Recht")).find_class("cite-fold")
    assert fold.get("data-citation") == GUIDE
    assert {link.get("href").partition("?")[0] for link in fold.iter("a")} == {f"/api/v1/documents/{GUIDE}/citation"}


def test_the_place_for_buttons_is_empty_without_scripts(macros: Any) -> None:
    (place,) = read(macros.actions(PASSAGE)).find_class("actions")
    assert place.get("data-actions") == PASSAGE
    assert (len(place), place.text_content().strip()) == (0, "")


def test_what_is_no_id_stays_inside_its_attribute_and_address(macros: Any) -> None:
    odd = '"><script>alert(1)</script>?format=#'
    shown = read(macros.cite(odd, "", "") + macros.actions(odd))
    assert not shown.xpath("//script")
    assert shown.find_class("cite-fold")[0].get("data-citation") == odd
    assert all(link.get("href").count("?") == 1 and "#" not in link.get("href") for link in shown.iter("a"))


@pytest.mark.parametrize("format", ["bibtex", "ris", "csl"])
def test_the_files_a_citation_leads_to_are_there(client: Any, macros: Any, format: str) -> None:
    passage = client.get(f"/api/v1/documents/{GUIDE}").json()["passages"][0]["id"]
    links = [link.get("href") for link in read(macros.cite(passage, "", "")).iter("a")]
    (address,) = [link for link in links if f"format={format}" in link]
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
