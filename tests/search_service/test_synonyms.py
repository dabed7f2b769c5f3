"""The synonym file: what it says, and how it tells of its mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.errors import InvalidSettings
from search_service.synonyms import NO_SYNONYMS, load_synonyms, make_key, parse_synonyms, read_synonyms


def test_a_group_goes_both_ways_and_an_arrow_one_way() -> None:
    thesaurus = parse_synonyms("# Anmerkung\n\nAzubi, Lehrling  # zwei\nChef => Arbeitgeber, mobile Arbeit\n", "x.txt")
    assert dict(thesaurus.alternatives) == {
        make_key("Azubi"): ("Lehrling",),
        make_key("Lehrling"): ("Azubi",),
        make_key("Chef"): ("Arbeitgeber", "mobile Arbeit"),
    }
    assert thesaurus.longest == 1


def test_lines_about_one_word_add_up_without_repeats() -> None:
    thesaurus = parse_synonyms("KI, AI\nKI => AI, Algorithmus\nk. i., KI", "x.txt")
    assert thesaurus.alternatives[make_key("KI")] == ("AI", "Algorithmus", "k. i.")
    assert thesaurus.longest == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("DS-GVO", "DSGVO"),
        ("mobile Arbeit", "mobiles  Arbeiten"),
        ("Azubi", "Azubis"),
        ("Führungskraft", "FUEHRUNGSKRAEFTE"),
        ("kleine und mittlere Unternehmen", "kleinen und mittleren Unternehmen"),
    ],
)
def test_forms_of_one_entry_are_equal(first: str, second: str) -> None:
    assert make_key(first) == make_key(second)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("Azubi, Lehrling\nAllein", 2, "steht allein"),
        ("Azubi,, Lehrling", 1, "fehlt ein Wort"),
        ("=> Azubi", 1, "fehlt ein Wort"),
        ("Azubi =>", 1, "fehlt ein Wort"),
        ("Azubi => Lehrling => Lehre", 1, "ein Zeichen"),
        ("Azubi; Lehrling, Lehre", 1, "ein Zeichen"),
        ("eins zwei drei vier fünf sechs sieben, acht", 1, "mehr als 6 Wörter"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, line: int, why: str) -> None:
    with pytest.raises(InvalidSettings, match=f"„x.txt“, Zeile {line}: .*{why}.*Bitte die Zeile"):
        parse_synonyms(text, "x.txt")


def test_a_file_of_an_operator_is_read(tmp_path: Path) -> None:
    path = tmp_path / "eigene.txt"
    path.write_bytes("\ufeffRöntgen, Durchleuchtung\r\n".encode())
    assert read_synonyms(path).alternatives[make_key("Roentgen")] == ("Durchleuchtung",)
    path.write_bytes("Röntgen, Bild".encode("latin-1"))
    with pytest.raises(InvalidSettings, match="kein UTF-8"):
        read_synonyms(path)
    with pytest.raises(InvalidSettings, match="nicht vorhanden"):
        read_synonyms(tmp_path / "fehlt.txt")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Telearbeit", "Homeoffice"),
        ("Home-Office", "Telearbeit"),
        ("KI", "Künstliche Intelligenz"),
        ("Künstlicher Intelligenz", "KI"),
        ("Lehrling", "Azubi"),
        ("BEM", "Betriebliches Eingliederungsmanagement"),
        ("DS-GVO", "GDPR"),
        ("Betriebsverfassungsgesetz", "BetrVG"),
        ("Cobots", "kollaborierender Roboter"),
        ("Roboterarm", "Cobot"),
    ],
)
def test_the_file_that_comes_along_knows_the_words_of_the_field(asked: str, found: str) -> None:
    assert found in load_synonyms().alternatives[make_key(asked)]


def test_the_file_that_comes_along_goes_one_way_where_words_are_wider() -> None:
    assert "Cobot" not in load_synonyms().alternatives
    assert "Roboterarm" not in load_synonyms().alternatives[make_key("Cobot")]
    assert "Chef" not in load_synonyms().alternatives.get(make_key("Arbeitgeber"), ())


def test_without_synonyms_nothing_stands_for_anything() -> None:
    assert not NO_SYNONYMS.alternatives
    assert parse_synonyms("# nur Anmerkungen\n", "x.txt") == NO_SYNONYMS


WORDS = st.sampled_from(["Azubi", "Lehrling", "mobile Arbeit", "KI", "DS-GVO", "Chef"])


@given(st.lists(st.lists(WORDS, min_size=2, max_size=4, unique=True), max_size=4))
def test_groups_are_symmetric_and_no_word_stands_for_itself(groups: list[list[str]]) -> None:
    thesaurus = parse_synonyms("\n".join(", ".join(group) for group in groups), "x.txt")
    for key, others in thesaurus.alternatives.items():
        for other in map(make_key, others):
            assert other != key
            assert key in {make_key(back) for back in thesaurus.alternatives[other]}
