"""Web pages from foreign servers: where they say their document is."""

from __future__ import annotations

import pytest

from ingest.web import markup
from ingest.web.markup import UnreadableMarkup, find_document_links


def test_a_page_names_its_full_text_in_several_ways():
    html = b"""<html><head><base href="/basis/"><meta name="Citation_PDF_URL" content="https://r.example/a.pdf">
      <link rel="item" type="application/pdf" href="b.pdf"><link rel="stylesheet" href="c.pdf"></head>
      <body><a href="d.pdf?sequence=1">Volltext</a><a href="e" type="application/pdf">E</a><a href="f.html">F</a>
      </body></html>"""
    links = find_document_links(html)
    assert (links.base, links.stated) == ("/basis/", ("https://r.example/a.pdf", "b.pdf"))
    assert links.linked == ("d.pdf?sequence=1", "e")


def test_a_page_too_large_for_a_tree_is_not_parsed(monkeypatch):
    html = b'<a href="a.pdf">Volltext</a>'
    monkeypatch.setattr(markup, "MAX_HTML_BYTES", len(html))
    assert find_document_links(html).linked == ("a.pdf",)
    with pytest.raises(UnreadableMarkup, match="größer als"):
        find_document_links(html + b" ")
