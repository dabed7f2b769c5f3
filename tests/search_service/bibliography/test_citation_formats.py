"""Which format a request gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.bibliography.formats import OFFERS, WRITERS, Format, name_file, negotiate, offer_format
from search_service.bibliography.items import refer
from tests.search_service.bibliography.cited_works import make_document, make_passage

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, Format.JSON),
        ("", Format.JSON),
        ("*/*", Format.JSON),
        ("application/*", Format.JSON),
        (BROWSER, Format.JSON),
        (JAVA, Format.JSON),
        ("text/plain", Format.FOOTNOTE),
        ("text/*", Format.FOOTNOTE),
        ("application/x-bibtex", Format.BIBTEX),
        ("text/x-bibtex; charset=utf-8", Format.BIBTEX),
        ("Application/X-Research-Info-Systems", Format.RIS),
        ("application/vnd.citationstyles.csl+json", Format.CSL),
        ("text/x-bibliography; style=apa", Format.APA),
        ("application/x-bibtex;q=0.5, application/x-research-info-systems", Format.RIS),
        ("application/x-bibtex;q=0.5, */*;q=0.1", Format.BIBTEX),
        ("application/json;q=0, */*", Format.FOOTNOTE),
        ("application/*;q=0.2, application/x-bibtex;q=0.1, text/plain;q=0.15", Format.JSON),
        ("Unsinn, application/x-bibtex;q=hoch, application/x-research-info-systems;q=0.1", Format.RIS),
        ("image/png", None),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("Unsinn", None),
    ],
)
def test_the_header_gets_what_it_likes_best(accept, expected):
    offer = negotiate(accept)
    assert (offer and offer.format) == expected


def test_an_answer_has_the_media_type_it_was_asked_for_by():
    assert [negotiate(each.media_type) for each in OFFERS if each.format is not Format.APA] == [
        each for each in OFFERS if each.format is not Format.APA
    ]
    assert {chosen: offer_format(chosen).media_type for chosen in Format} == {
        Format.JSON: "application/json",
        Format.FOOTNOTE: "text/plain",
        Format.APA: "text/plain",
        Format.BIBTEX: "application/x-bibtex",
        Format.RIS: "application/x-research-info-systems",
        Format.CSL: "application/vnd.citationstyles.csl+json",
    }


def test_a_file_is_named_after_its_only_work_or_as_a_list():
    one, other = make_document(document_id="d1"), make_document(document_id="d2")
    several_places = [refer(one), refer(one, make_passage())]
    assert name_file(several_places, Format.BIBTEX) == "mueller2025kuenstliche-d1.bib"
    assert name_file([refer(one), refer(other)], Format.RIS) == "change-wissen-literatur.ris"


def test_footnotes_stand_one_in_a_line_in_the_order_given():
    one, other = refer(make_document(), make_passage()), refer(make_document())
    assert WRITERS[Format.FOOTNOTE]([one, other, one]) == f"{one.footnote}\n{other.footnote}\n{one.footnote}\n"
    assert set(WRITERS) == set(Format) - {Format.JSON}


@given(st.text(alphabet='aplicton/jsx-bge*;=q,.01 "\\', max_size=60) | st.text(max_size=30))
def test_any_header_is_read_without_an_error(accept):
    offer = negotiate(accept)
    assert offer is None or offer in OFFERS


def test_a_header_of_any_length_is_read_only_so_far():
    assert negotiate("a/b," * 20_000 + "text/plain") is None
