"""The page of a document: its table of contents, its licence, its passages as they are written."""

from __future__ import annotations

import pytest

from search_service.site.licences import link_licence
from search_service.site.outline import MOST_OPEN, MOST_REPEATED, Entry, build_outline
from tests.search_service.page_reader import read, text
from tests.search_service.small_library import GUIDE


def test_headings_become_a_tree():
    flat = [
        (0, Entry("1", "p1", "S. 1")),
        (1, Entry("1.1", "p2", "")),
        (2, Entry("1.1.1", "p3", "")),
        (0, Entry("2", "p4", "")),
    ]
    outline = build_outline(flat)
    assert outline.entries == (
        Entry("1", "p1", "S. 1", (Entry("1.1", "p2", "", (Entry("1.1.1", "p3", ""),)),)),
        Entry("2", "p4", ""),
    )
    assert (outline.count, outline.is_folded) == (4, False)


def test_a_single_heading_over_all_others_gives_them_its_place():
    outline = build_outline([(0, Entry("Titel", "p1", "")), (1, Entry("A", "p2", "")), (1, Entry("B", "p3", ""))])
    assert [entry.text for entry in outline.entries] == ["Titel", "A", "B"]


def test_a_level_left_out_makes_no_empty_entry_and_nothing_is_lost():
    outline = build_outline([(2, Entry("tief", "p1", "")), (0, Entry("hoch", "p2", "")), (3, Entry("tiefer", "p3", ""))])
    assert [entry.text for entry in outline.entries] == ["tief", "hoch"]
    assert [entry.text for entry in outline.entries[1].entries] == ["tiefer"]
    assert build_outline([]).entries == ()


def test_a_long_table_of_contents_is_folded():
    assert build_outline([(0, Entry(str(number), "p", "")) for number in range(MOST_OPEN + 1)]).is_folded


def test_what_stands_over_boxes_again_and_again_is_no_section():
    boxes = [(0, Entry("Tipp", f"p{number}", "")) for number in range(MOST_REPEATED)]
    assert build_outline(boxes).count == MOST_REPEATED
    last = [(0, Entry("Tipp", "b", "")), (1, Entry("Dank", "c", "")), (0, Entry("Ende", "d", ""))]
    outline = build_outline([(0, Entry("Vorwort", "a", "")), *boxes, *last])
    assert outline.entries == (Entry("Vorwort", "a", "", (Entry("Dank", "c", ""),)), Entry("Ende", "d", ""))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("CC BY 4.0", "licenses/by/4.0"),
        ("cc-by-sa-4.0", "licenses/by-sa/4.0"),
        ("CC BY-NC-ND 3.0 DE", "licenses/by-nc-nd/3.0/de"),
        ("CC BY 4.0 International", "licenses/by/4.0"),
        ("CC0", "publicdomain/zero/1.0"),
        ("CC0 1.0 Universal", "publicdomain/zero/1.0"),
        ("https://creativecommons.org/licenses/by/4.0/", "licenses/by/4.0"),
        ("http://creativecommons.org/licenses/by-sa/3.0/de/deed.de", "licenses/by-sa/3.0/de"),
    ],
)
def test_a_creative_commons_licence_is_linked(name, path):
    assert link_licence(name) == f"https://creativecommons.org/{path}/deed.de"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "MIT",
        "Alle Rechte vorbehalten",
        "CC BY",
        "CC BY-SA-ND 4.0",
        "CC BY 9.0",
        "https://creativecommons.org.boese.example/licenses/by/4.0/",
        "javascript:alert(1)",
        "CC BY 4.0 <b>",
    ],
)
def test_any_other_licence_is_text(name):
    assert link_licence(name) is None


def test_the_page_links_licence_viewer_and_citation_of_each_passage(client):
    page = read(client, f"/dokument/{GUIDE}")
    (licence,) = page.xpath("//a[contains(@rel, 'license')]")
    assert (text(licence), licence.get("href")) == ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/deed.de")
    passages = page.xpath("//section[@data-passage]")
    assert [passage.get("data-document") for passage in passages] == [GUIDE] * 3
    for passage in passages:
        identity = passage.get("id")
        assert passage.get("data-passage") == identity
        (title,) = passage.xpath(".//*[@data-title]")
        assert text(title) == "Leitfaden Künstliche Intelligenz im Betrieb"
        assert title.xpath("ancestor-or-self::a/@href") == [f"/dokument/{GUIDE}/quelle?stelle={identity}#{identity}"]
        assert len(passage.xpath(".//details[@data-citation]")) == len(passage.xpath(".//*[@data-actions]")) == 1
    assert "Quelle auf Seite 12 ansehen" in text(passages[1])
    assert [text(place) for place in page.xpath("//nav[contains(@class, 'contents')]//*[@class='at']")] == [
        "S. iii", "S. 12", "S. 12", "S. 12",
    ]  # fmt: skip
