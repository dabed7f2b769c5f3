"""BibTeX, read back with pybtex."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from pybtex.database import Entry as ParsedEntry
from pybtex.database import parse_string
from pybtex.richtext import Text

from search_service.bibliography.bibtex import escape, write_bibtex
from search_service.bibliography.items import clean_address, one_line
from search_service.documents import Metadata, Page
from tests.search_service.bibliography.cited_works import HOSTILE, METADATA, PAGES, PRINTED, STUDY, make_entry

NAMED = {"backslash": "\\", "braceleft": "{", "braceright": "}", "asciitilde": "~", "asciicircum": "^"}


def read_latex(text: str) -> str:
    """Return the characters LaTeX would set; fail where one of its special characters stands bare."""
    tokens = re.findall(r"\\text([a-z]+)\{\}|\\([&%$#_])|([^\\{}&%$#_~^])|(.)", text)
    assert not any(bare for *_, bare in tokens), text
    return "".join(NAMED[name] if name else sign or plain for name, sign, plain, _ in tokens)


def parse_one(text: str) -> ParsedEntry:
    [entry] = parse_string(text, "bibtex").entries.values()
    return entry


def test_a_study_cited_at_two_pages():
    assert write_bibtex([make_entry(STUDY, PRINTED)]) == (
        "@techreport{mueller2025kuenstliche-1f3a5c,\n"
        "  author = {Müller, Anna and Özdemir, Bernd and {Institut Arbeit und Technik}},\n"
        "  title = {{Künstliche Intelligenz im Betrieb}},\n"
        "  year = {2025},\n"
        "  institution = {{Zukunfts-HUB Ruhr}},\n"
        "  edition = {2},\n"
        "  type = {Studie},\n"
        "  pages = {12--13},\n"
        "  language = {german},\n"
        "  langid = {ngerman},\n"
        "  doi = {10.1000/xyz_1},\n"
        "  eprint = {urn:nbn:de:0001-2345},\n"
        "  eprinttype = {urn},\n"
        "  url = {https://example.org/studie?a=1&b=2%20c},\n"
        "  note = {Zitierte Stelle: S. 12–13 (PDF-Seiten 15–16)},\n"
        "}\n"
    )


def test_pages_alone_need_no_note_and_a_place_without_print_is_no_page():
    printed, physical = (Page(12, "12"),), (Page(15),)
    assert "note =" not in write_bibtex([make_entry(STUDY, printed)])
    text = write_bibtex([make_entry(STUDY, printed, physical)])
    assert "pages = {12}," in text
    assert "note = {Zitierte Stellen: S. 12; PDF-Seite 15}," in text


def test_kinds_of_entries_name_the_publisher_in_their_own_field():
    book = write_bibtex([make_entry(replace(STUDY, isbn="9783161484100"))])
    page = write_bibtex([make_entry(replace(STUDY, type="advice"), media_type="text/html")])
    assert book.startswith("@book{")
    assert "publisher = {{Zukunfts-HUB Ruhr}}" in book
    assert "isbn = {9783161484100}" in book
    assert page.startswith("@misc{")
    assert "organization = {{Zukunfts-HUB Ruhr}}" in page
    assert "urldate = {2026-03-05}" in page


def test_special_characters_are_set_and_not_obeyed():
    assert escape(r"100 % & {x}_\y") == r"100 \% \& \textbraceleft{}x\textbraceright{}\_\textbackslash{}y"
    assert str(Text.from_latex(escape("50 % & #1 _ Ö😀"))) == "50 % & #1 _ Ö😀"


def test_names_that_bibtex_would_take_apart_stay_whole():
    entry = parse_one(write_bibtex([make_entry(Metadata("T", authors=("Rand and Partner, Inc.", "Anna von Berg")))]))
    team, anna = entry.persons["author"]
    assert team.last_names == ["{Rand and Partner, Inc.}"]
    assert (anna.first_names, anna.prelast_names, anna.last_names) == (["Anna"], ["von"], ["Berg"])


@given(HOSTILE)
def test_any_title_comes_back_as_it_was(title):
    entry = parse_one(write_bibtex([make_entry(replace(STUDY, title=title), PRINTED)]))
    value = entry.fields["title"]
    assert (value[0], value[-1]) == ("{", "}")
    assert read_latex(value[1:-1]) == (one_line(title) or "Ohne Titel")
    assert (entry.fields["year"], entry.fields["pages"]) == ("2025", "12--13")
    assert entry.persons["author"][0].last_names == ["Müller"]


@given(METADATA, PAGES)
@settings(max_examples=60)
def test_any_work_is_one_entry_whose_texts_come_back(metadata, pages):
    work = make_entry(metadata, pages)
    text = write_bibtex([work, make_entry(STUDY)])
    entries = parse_string(text.replace(STUDY.title, "Zweites"), "bibtex").entries
    assert len(entries) == 2 or work.item.key == make_entry(STUDY).item.key
    entry = entries[work.item.key]
    for person, name in zip(entry.persons.get("author", ()), work.item.authors, strict=True):
        if name.literal is not None:
            assert read_latex(" ".join(person.last_names)[1:-1]) == name.literal
    assert entry.fields.get("url") == clean_address(work.item.url)
    if "note" in entry.fields:
        assert read_latex(entry.fields["note"])
