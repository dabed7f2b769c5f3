"""The wording of a question: phrases, exclusions, and what is left to ask."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search_service.wording import Wording, find_only_word, flatten, is_phrase_in, parse_wording


def test_a_question_with_a_phrase_and_an_exclusion_worked_by_hand() -> None:
    asked = "Wo gilt „mobile Arbeit“, aber -Leiharbeit -\"zwei Wörter\" nicht?"  # fmt: skip
    assert parse_wording(asked) == Wording(
        free="Wo gilt mobile Arbeit , aber nicht?",
        phrases=("mobile Arbeit",),
        excluded=("Leiharbeit", "zwei Wörter"),
        contradictions=(),
    )


@pytest.mark.parametrize(
    "quoted",
    ["„gute Arbeit“", "„gute Arbeit”", '„gute Arbeit"', '"gute Arbeit"', "»gute Arbeit«", "«gute Arbeit»", "“gute Arbeit”"],
)
def test_quotes_of_any_style_make_a_phrase(quoted: str) -> None:
    wording = parse_wording(f"Was ist {quoted} heute")
    assert (wording.free, wording.phrases) == ("Was ist gute Arbeit heute", ("gute Arbeit",))


@pytest.mark.parametrize("text", ['Rohr 5" und 7" dick', "der „offene Rest", 'ein " Zeichen', "»", "geht's", "« »", "„“", '""'])
def test_a_quote_without_a_partner_or_words_is_no_phrase(text: str) -> None:
    assert parse_wording(text).phrases == ()


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("Pausen -Nachtarbeit", ("Nachtarbeit",)),
        ("-Nachtarbeit Pausen", ("Nachtarbeit",)),
        ("Pausen, -Nachtarbeit", ("Nachtarbeit",)),
        ("Schutz -IT-Sicherheit", ("IT-Sicherheit",)),
        ("Pausen -„im Büro“", ("im Büro",)),
        ("Mitbestimmung -§ 87", ("§ 87",)),
        ("Pausen -nacht -Nacht -NACHT", ("nacht",)),
        ("Textverarbeitung und -gestaltung", ()),
        ("Textverarbeitung bzw. -gestaltung", ()),
        ("Arbeitszeitgestaltung, -planung oder -entwicklung", ()),
        ("Aus- und Weiterbildung", ()),
        ("Aus- und -Weiterbildung", ()),
        ("IT-Sicherheit", ()),
        ("Pausen - Nachtarbeit", ()),
        ("Pausen – Nachtarbeit", ()),
        ("--hilfe", ()),
        ("bei -5 Grad", ()),
        ("Pausen -", ()),
    ],
)
def test_a_hyphen_excludes_only_at_the_start_of_a_word_that_stands_alone(text: str, excluded: tuple[str, ...]) -> None:
    assert parse_wording(text).excluded == excluded


@pytest.mark.parametrize(
    "word",
    [
        "Nutzer:innen",
        "Nutzer*innen",
        "Nutzer/-innen",
        "Ku\u0308che",
        "U\u0308bung",
        "Leih\u00adarbeit",
        "C++",
        "C#",
        "foo_bar",
        "KI/AI",
        "E-Mail-Konto",
        "§ 87a",
        "geht's",
    ],
)
@pytest.mark.parametrize("end", ["", ",", "?", "...", ")"])
def test_nothing_of_an_excluded_word_is_left_to_be_searched(word: str, end: str) -> None:
    wording = parse_wording(f"Pausen -{word}{end} Schicht")
    assert wording.excluded == (word,)
    assert flatten(wording.free) == "pausen schicht"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("Nutzer:innen", "nutzer:innen"),
        ("IT-Sicherheit", "it-sicherheit"),
        ("§ 87", "§ 87"),
        ("KI/AI", ""),
        ("foo_bar", ""),
        ("im Büro", ""),
        ("§", ""),
    ],
)
def test_it_is_known_whether_an_exclusion_is_one_word(content: str, word: str) -> None:
    assert find_only_word(content) == word


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Leiharbeit -Leiharbeit", ("Leiharbeit",)),
        ("Verträge -Vertrag", ("Vertrag",)),
        ("Gefaehrdungen -Gefährdung", ("Gefährdung",)),
        ("„mobile Arbeit“ -„mobile Arbeit“", ("mobile Arbeit",)),
        ("Nutzer und Nutzerinnen -Nutzer:innen", ("Nutzer:innen",)),
        ("Arbeitszeit -Arbeit", ()),
        ("Pausen -Leiharbeit", ()),
    ],
)
def test_what_is_asked_and_excluded_is_told_and_stays_excluded(text: str, told: tuple[str, ...]) -> None:
    wording = parse_wording(text)
    assert wording.contradictions == told
    assert set(told) <= set(wording.excluded)


@pytest.mark.parametrize(
    ("text", "has_words", "has_telling_words"),
    [
        ("Pausen", True, True),
        ("wie ist das", True, False),
        ("?! … 🙂", False, False),
        ("", False, False),
        ("\0", False, False),
        ("-Leiharbeit -Zeitarbeit", False, False),
        ("„Pausen“", True, True),
        ("What is a works council?", True, True),
    ],
)
def test_it_is_known_what_is_left_to_ask(text: str, has_words: bool, has_telling_words: bool) -> None:
    wording = parse_wording(text)
    assert (wording.has_words, wording.has_telling_words) == (has_words, has_telling_words)


def test_two_thousand_words_are_read() -> None:
    wording = parse_wording(" ".join(f'wort{number} -weg{number} "genau {number}' for number in range(2_000)))
    assert wording.excluded[:2] == ("weg0", "weg1")
    assert len(wording.excluded) == 2_000
    assert len(parse_wording("„a “" * 2_000 + "„" * 2_000).phrases) == 1


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("IT-Sicher\u00adheit\nfür KMU", "it sicherheit fuer kmu"),
        ("§§ 87 BetrVG", "§ 87 betrvg"),
        ("§87", "§ 87"),
        ("C++ 4.0", "c++ 4 0"),
        ("Größe, GROESSE", "groesse groesse"),
    ],
)
def test_texts_are_compared_by_their_plain_words(text: str, flat: str) -> None:
    assert flatten(text) == flat


def test_a_phrase_is_found_as_whole_words_only() -> None:
    assert is_phrase_in("mobile arbeit", "die mobile arbeit zaehlt")
    assert not is_phrase_in("mobile arbeit", "die mobile arbeitszeit zaehlt")


PIECES = st.sampled_from(
    ["„", "“", '"', "»", "«", "-", "--", " ", "und ", ", ", "Arbeit", "zeit", "§ 87", "5", "\n", "\0", "ß", "("]
)


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
@example("„ -„“")
def test_nothing_is_invented_and_what_is_left_has_no_exclusion(text: str) -> None:
    wording = parse_wording(text)
    for content in (*wording.phrases, *wording.excluded):
        assert content in text
        assert flatten(content) != ""
    assert set(wording.contradictions) <= set(wording.excluded)
    assert flatten(wording.free).replace(" ", "") in flatten(text).replace(" ", "") or wording.phrases or wording.excluded


@given(st.lists(st.sampled_from(["Arbeit", "Zeit", "gute", "Vor-Ort", "§ 5"]), min_size=1, max_size=6).map(" ".join))
def test_a_plain_question_stays_as_it_is(text: str) -> None:
    assert parse_wording(text) == Wording(text, (), (), ())
