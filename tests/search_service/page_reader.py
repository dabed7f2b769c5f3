"""Reading the pages as a browser gets them, each checked for what every page must have."""

from __future__ import annotations

import itertools
from urllib.parse import urlencode

from lxml import html
from starlette.testclient import TestClient

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def read(client: TestClient, path: str, status: int = 200, **parameters: object) -> html.HtmlElement:
    """Return the page at `path`, checked for what every page must have."""
    answer = client.get(path, params=urlencode(parameters, doseq=True) if parameters else None)
    assert answer.status_code == status, answer.text
    page = html.fromstring(answer.text)
    assert page.get("lang") == "de"
    assert [element.tag for element in page.iter("main", "header", "footer", "nav")].count("main") == 1
    assert page.find(".//title").text
    assert len(page.findall(".//h1")) == 1
    levels = [int(element.tag[1]) for element in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels)), levels
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert not page.xpath("//@style | //@*[starts-with(name(), 'on')]")
    for script in page.xpath("//script[not(@type = 'application/ld+json')]"):
        assert (script.get("type"), (script.get("src") or "")[:8]) == ("module", "/static/")
    for reference in page.xpath("//link/@href | //img/@src"):
        assert reference.startswith("/"), reference
    for anchor in page.xpath("//a/@href[starts-with(., '#')]"):
        assert anchor[1:] in ids, anchor
    return page


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split()).replace("\u00a0", " ")
