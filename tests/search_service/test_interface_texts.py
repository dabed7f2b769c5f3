"""What the pages say in both languages: complete, used, and plain where it says that it is plain."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.language import Language, choose_language
from search_service.problems import KINDS
from search_service.site.interface_texts import load_texts

SERVICE = Path(__file__).parents[2] / "search_service"
TABLES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in (SERVICE / "site/texts").glob("*.toml")}
TEXTS = load_texts()
LONGEST_SENTENCE = 15  # words, after DIN SPEC 33429 (Leichte Sprache); plain language allows them, and no more
_USED = re.compile(r"\btexts\.([a-z_]+)\.([a-z_]+)\b")


def all_texts() -> Iterator[tuple[str, str, dict[str, str]]]:
    for page, table in TABLES.items():
        for name, text in table.items():
            yield page, name, text


def find_sentences(text: str) -> list[str]:
    """Part a text behind full stops, question marks, exclamation marks and colons, a closing quote included."""
    return [part for part in re.split(r"(?<=[.!?:])[“\"]?\s+", text) if part]


def test_sentences_are_parted_as_a_reader_does():
    assert find_sentences("Das geht. Wirklich? Ja: „So.“ Gut") == ["Das geht.", "Wirklich?", "Ja:", "„So.", "Gut"]


def test_every_text_exists_in_both_languages_and_in_no_other():
    assert TABLES
    for page, name, text in all_texts():
        assert set(text) == {"standard", "einfach"}, (page, name)
        assert not hasattr(dict, name), (page, name)  # templates would find the method in place of the text
        assert all(isinstance(each, str) and each.strip() == each and each for each in text.values()), (page, name)


def test_the_same_places_are_filled_in_both_languages():
    for page, name, text in all_texts():
        named = {language: set(re.findall(r"\{[a-z]+\}", each)) for language, each in text.items()}
        assert named["standard"] == named["einfach"], (page, name)


def test_plain_language_has_short_sentences_without_nesting():
    plain = [(page, name, text["einfach"]) for page, name, text in all_texts()]
    assert not [each for each in plain if re.search(r"[;()]| – ", each[2])]
    sentences = [(page, name, sentence) for page, name, text in plain for sentence in find_sentences(text)]
    assert not [each for each in sentences if len(each[2].split()) > LONGEST_SENTENCE]


def test_german_quotes_and_dashes_are_real():
    for page, name, text in all_texts():
        for each in text.values():
            assert '"' not in each, (page, name)
            assert " - " not in each, (page, name)
            assert each.count("„") == each.count("“"), (page, name)


def test_texts_that_templates_name_exist():
    named = {found for path in (SERVICE / "templates").rglob("*.html") for found in _USED.findall(path.read_text("utf-8"))}
    assert ("layout", "switch") in named
    missing = {(page, name) for page, name in named if name not in {*TABLES.get(page, {}), "get"}}  # `get`: chosen by a value
    assert not missing


@pytest.mark.parametrize("page", ["layout", "legal", "help", "error", "permalink"])
def test_no_text_of_the_frame_is_left_over(page):
    sources = "".join(path.read_text("utf-8") for path in [*SERVICE.rglob("templates/*.html"), *SERVICE.rglob("site/*.py")])
    slugs = {kind.slug for kind in KINDS}
    states = {f"{part}_{state}" for part in ("heading", "told") for state in ("changed", "withdrawn", "removed")}
    unused = {name for name in TABLES[page] if name not in slugs | states and not re.search(rf"\b{name}\b", sources)}
    assert not unused


def test_a_known_language_asked_for_comes_before_the_remembered_one():
    assert choose_language("einfach", None) is Language.EASY
    assert choose_language("standard", "einfach") is Language.STANDARD
    assert choose_language(None, "einfach") is Language.EASY
    assert choose_language("<b>", "einfach") is Language.EASY
    assert choose_language("", "EINFACH") is Language.STANDARD


def test_texts_of_a_language_are_those_of_its_column():
    for page, name, text in all_texts():
        assert [TEXTS[language][page][name] for language in Language] == [text["standard"], text["einfach"]]
