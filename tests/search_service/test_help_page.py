"""The help and the handbook tell what the scripts do."""

from __future__ import annotations

import re
from pathlib import Path

from tests.search_service.page_reader import read, text

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "search_service/static"


def test_help_and_handbook_list_the_keys_that_there_are(client):
    script = (STATIC / "tasten.js").read_text("utf-8")
    listed = re.search(r"const HELP = \[(.*?)\n\];", script, re.DOTALL)
    assert listed
    keys = re.findall(r'\["([^"]+)", "([^"]+)"\]', listed[1])
    told = [(text(entry.find("kbd")), text(entry).partition(" ")[2]) for entry in read(client, "/hilfe").xpath("//li[kbd]")]
    assert told == keys
    handbook = (ROOT / "docs/handbuch.md").read_text("utf-8")
    assert all(f"`{key}`" in handbook for key, _ in keys)
    assert all(f"| {does} |" in handbook for key, does in keys if key not in "jk")


def test_the_size_of_the_list_of_bookmarks_is_told_as_it_is(client):
    most = re.search(r"const MOST = (\d+)", (STATIC / "merkliste.js").read_text("utf-8"))
    assert most
    assert f"höchstens {most[1]} Einträgen" in text(read(client, "/hilfe"))
    assert f"fasst {most[1]} Einträge" in (ROOT / "docs/handbuch.md").read_text("utf-8")


def test_the_help_names_buttons_as_the_pages_do(client):
    paths = [*STATIC.glob("*.js"), *(ROOT / "search_service/templates").glob("*.html")]
    sources = "".join(path.read_text("utf-8") for path in paths)
    told = text(read(client, "/hilfe"))
    for name in ("Merken", "Beleg kopieren", "Tastenkürzel", "Zitat"):
        assert f"„{name}“" in told
        assert re.search(rf'["> ]{name}["<]', sources), name


def test_the_help_leads_to_every_part_in_plain_language_too(client):
    for language in ("standard", "einfach"):
        page = read(client, "/hilfe", sprache=language)
        headings = [text(heading) for heading in page.xpath("//article/h2")]
        assert ("Fehlermeldungen" in text(page)) == (language == "standard")  # kinds of problems are for programmers
        assert [text(link) for link in page.xpath("//nav[@class='contents']//a")] == headings
        assert len(headings) >= 10
    client.cookies.clear()
