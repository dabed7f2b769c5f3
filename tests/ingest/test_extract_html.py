from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.main_text import compare_page, mean_f1
from ingest.blocks import BlockKind
from ingest.extract import extract
from ingest.extract.html import build_html_blocks, decode_html, parse_html, read_html_properties
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import UnreadableDocument

PAGE = """<!DOCTYPE html><html lang="de"><head><title>Ruhezeit – Portal</title>
<meta name="author" content="Ada Lovelace"><meta property="og:site_name" content="Portal">
<link rel="canonical" href="https://example.org/r">
<style>p {}</style></head><body>
<header><nav><a href="/">Start</a></nav></header>
<div class="cookie-banner">Wir verwenden Cookies.</div>
<main><article><header><h1>Ruhezeit</h1></header>
<p>Elf Stunden&nbsp;sind es<sup><a class="footnote-ref">1</a></sup>,<br>mindestens.</p>
Ein loser Text <b>im</b> Artikel, der lange genug ist,
damit der Hauptteil der Seite mehr als zweihundert Zeichen enthält und als solcher gilt.
<ul><li>Erstens<ul><li>Darunter</li></ul></li><li><p>Zweitens</p></li></ul>
<table><caption>Zeiten</caption><tr><th>Tag</th><th>Stunden</th></tr><tr><td>Mo</td><td>11</td></tr></table>
<aside>Werbung</aside><script>alert(1)</script>
<figure><img src="x.png"><figcaption>Bild 1: Uhr</figcaption></figure>
<section class="footnotes"><ol><li>Fußnotentext</li></ol></section>
</article></main>
<footer>Impressum</footer></body></html>"""
HANDBOOK = Path(__file__).parents[2] / "../shared/documents/real/handbuch_it"
WEB = """\
heading 1: Ruhezeit
paragraph: Elf Stunden sind es, mindestens.
paragraph: Ein loser Text im Artikel, der lange genug ist, damit der Hauptteil der Seite mehr als zweihundert Zeichen enthält \
und als solcher gilt.
list_item 1: Erstens
list_item 2: Darunter
list_item 1: Zweitens
caption: Zeiten
table: Tag | Stunden / Mo | 11
caption: Bild 1: Uhr
footnote: Fußnotentext"""


def show(path: Path) -> str:
    """Return the blocks as lines a person can read."""
    return "\n".join(
        f"{block.kind}{f' {block.level}' if block.level and block.kind is not BlockKind.FOOTNOTE else ''}: "
        + block.text.replace("\n", " / ")
        for block in extract(path, DEFAULT_LIMITS).blocks
    )


def texts(page: str) -> list[str]:
    return [block.text for block in build_html_blocks(parse_html(page))]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_web_page_without_its_furniture(tmp_path: Path) -> None:
    path = write(tmp_path / "a.html", PAGE)
    assert show(path) == WEB
    assert extract(path, DEFAULT_LIMITS).properties == {
        "title": "Ruhezeit – Portal",
        "authors": "Ada Lovelace",
        "publisher": "Portal",
        "language": "de",
        "source_url": "https://example.org/r",
    }


def test_a_page_that_lies_about_its_encoding(tmp_path: Path) -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>Größe</p></body></html>'
    assert show(write(tmp_path / "a.html", page.encode("utf-8"))) == "paragraph: Größe"
    assert show(write(tmp_path / "b.html", page.encode("cp1252"))) == "paragraph: Größe"


def test_entities_of_a_page_are_not_looked_up(tmp_path: Path) -> None:
    page = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>Vorher &x; nachher</p></body></html>'
    assert "root:" not in show(write(tmp_path / "a.html", page))


def test_nesting_is_read_flat_up_to_a_depth_and_refused_beyond(tmp_path: Path) -> None:
    for depth in (150, 230):
        page = "<html><body>" + "<div>" * depth + "tief unten" + "</div>" * depth + "</body></html>"
        assert show(write(tmp_path / "a.html", page)) == "paragraph: tief unten"
    with pytest.raises(UnreadableDocument, match="verschachtelt"):
        extract(write(tmp_path / "b.html", "<html><body>" + "<div>" * 3000 + "tief unten"), DEFAULT_LIMITS)


def test_a_section_whose_id_is_its_heading_is_content_whatever_the_word() -> None:
    page = (
        "<main><section id='social-media' class='level2'><h2>Social Media</h2><p>Kanäle mit Reichweite.</p></section>"
        "<div id='cookies'><h2>Cookies</h2><p>Was im Datenschutz dazu gilt.</p></div>"
        "<div class='social'><a>Teilen</a></div><div id='cookies'>Wir verwenden Cookies.</div></main>"
    )
    assert texts(page) == ["Social Media", "Kanäle mit Reichweite.", "Cookies", "Was im Datenschutz dazu gilt."]


def test_words_for_screen_readers_only_are_not_glued_to_the_text() -> None:
    page = "<main><p><span class='screen-reader-only'>Hinweis</span>Zusammenfassung</p></main>"
    assert texts(page) == ["Zusammenfassung"]


def test_nothing_of_scripts_styles_and_handlers_comes_through() -> None:
    page = (
        "<body onload='böse()'><p onclick='böse()'>Text<script>böse()</script><style>p{}</style></p>"
        "<noscript>böse</noscript><template><p>böse</p></template><iframe src='http://example.org'>böse</iframe>"
        "<svg><text>böse</text></svg><p><a href='javascript:böse()'>Verweis</a></p></body>"
    )
    assert texts(page) == ["Text", "Verweis"]


def test_contradicting_declarations_do_not_spoil_the_text() -> None:
    head = '<?xml version="1.0" encoding="utf-16"?><html><head><meta charset="koi8-r"><meta charset="utf-8"></head><body><p>'
    assert "Größe" in decode_html((head + "Größe</p></body></html>").encode("utf-8"))
    latin = '<html><head><meta charset="gibt-es-nicht"></head><body><p>Größe</p></body></html>'
    assert "Größe" in decode_html(latin.encode("cp1252"))


def test_what_a_repository_says_about_a_study() -> None:
    page = """<html lang="de"><head><title>Repositorium</title>
    <meta name="citation_title" content="Arbeit im Wandel"><meta name="citation_author" content="Alt, Anna">
    <meta name="citation_author" content="Neu, Bernd"><meta name="citation_publication_date" content="2024/05/01">
    <meta name="citation_doi" content="10.1000/182"><meta name="DC.identifier" content="urn:nbn:de:0168-ssoar-12345-6">
    <meta name="DC.identifier" content="ISBN 978-3-16-148410-0"><meta name="keywords" content="Arbeit, Wandel; KI">
    <meta name="description" content="Eine Studie."><link rel="license" href="https://creativecommons.org/licenses/by/4.0/">
    </head><body><p>Text</p></body></html>"""
    assert read_html_properties(parse_html(page)) == {
        "title": "Arbeit im Wandel",
        "authors": ("Alt, Anna", "Neu, Bernd"),
        "date": "2024/05/01",
        "doi": "10.1000/182",
        "urn": "urn:nbn:de:0168-ssoar-12345-6",
        "isbn": "978-3-16-148410-0",
        "keywords": ("Arbeit", "Wandel", "KI"),
        "description": "Eine Studie.",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "language": "de",
    }


def test_linked_data_speaks_where_the_meta_tags_are_silent() -> None:
    data = {
        "@graph": [
            {"@type": "Organization", "name": "Nicht das Werk"},
            {
                "@type": "Report",
                "headline": "Arbeit im Wandel",
                "author": [{"@type": "Person", "name": "Anna Alt"}, {"name": "Bernd Neu"}],
                "publisher": {"name": "Institut"},
                "datePublished": "2024-05-01",
                "identifier": "https://doi.org/10.1000/182",
            },
        ]
    }
    page = f"<html><head><meta name='author' content='Redaktion'><script type='application/ld+json'>{json.dumps(data)}</script>"
    assert read_html_properties(parse_html(f"{page}</head><body>x</body></html>")) == {
        "authors": "Redaktion",
        "title": "Arbeit im Wandel",
        "publisher": "Institut",
        "date": "2024-05-01",
        "doi": "10.1000/182",
    }
    broken = "<html><head><title>T</title><script type='application/ld+json'>{kaputt</script></head><body>x</body></html>"
    assert read_html_properties(parse_html(broken)) == {"title": "T"}


@given(st.text(alphabet="<>/abdiphmlv=' \"!-&;äß", max_size=200))
def test_any_tag_soup_gives_blocks_or_a_german_reason(soup: str) -> None:
    try:
        assert all(block.text for block in build_html_blocks(parse_html(soup)))
    except UnreadableDocument as error:
        assert "Webseite" in str(error)


@pytest.mark.skipif(not HANDBOOK.is_dir(), reason="the documents beside the checkout are not there")
def test_the_main_text_is_no_worse_than_what_trafilatura_gives() -> None:
    chapters: dict[str, list[str]] = {}
    for block in extract(HANDBOOK / "Handbuch-IT-in-Bibliotheken.docx", DEFAULT_LIMITS).blocks:
        if block.kind is BlockKind.HEADING and block.level == 1:
            chapter = chapters[block.text] = []
        chapter.append(block.text)
    compared = []
    for path in sorted(HANDBOOK.glob("*.html")):
        page = decode_html(path.read_bytes())
        found = texts(page)
        truth = "\n".join(chapters.get(re.sub(r"^\d+ ", "", found[0]), ()))
        if 0.5 < len(truth) / len("\n".join(found)) < 2:  # the chapter is in both editions of the work
            compared.append(compare_page(path.name, page, "\n".join(found), truth))
    ours, baseline = mean_f1(compared)
    assert len(compared) >= 7
    assert ours >= baseline > 0.8
