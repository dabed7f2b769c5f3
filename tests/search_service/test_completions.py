"""Suggestions while somebody types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.completions import MIN_PREFIX, Completer, Completion, CompletionKind
from search_service.german import normalize, split_hyphens, tokenize
from search_service.written_forms import WrittenForm

TITLES = [
    ("Leitfaden Gefährdungsbeurteilung psychischer Belastung", "d1"),
    ("Mobile Arbeit regeln – Ein Leitfaden für Betriebe", "d2"),
    ("Schichtplanung im Betrieb", "d3"),
    ("KI-Kompetenz im Mittelstand", "d4"),
    ("Mobile Arbeit regeln – Ein Leitfaden für Betriebe", "d5"),
]
HEADINGS = [
    ("2.1 Gefährdungsbeurteilung Schritt für Schritt", "d1"),
    ("3 Schichtplanung im Betrieb", "d3"),
    ("Schichtplanung", "d3"),
    ("§ 87 Mitbestimmung", "d2"),
    ("IV. Straßen und Wege", "d2"),
    ("1.2", "d2"),
    ("Gesunde Schichten gestalten", "d3"),
]
SPELLINGS = {
    "gefaehrdungsbeurteilung": WrittenForm("Gefährdungsbeurteilung", 40),
    "gefaehrdungsbeurteilungen": WrittenForm("Gefährdungsbeurteilungen", 4),
    "gefaehrdung": WrittenForm("Gefährdung", 5),
    "schichtplanung": WrittenForm("Schichtplanung", 9),
    "schichtplan": WrittenForm("Schichtplan", 12),
    "schichtdienst": WrittenForm("Schichtdienst", 3),
    "schichtmodell": WrittenForm("Schichtmodell", 2),
    "schichtleiter": WrittenForm("Schichtleiter", 1),
    "beratung": WrittenForm("Beratung", 20),
    "foerderung": WrittenForm("Förderung", 17),
    "kiverordnung": WrittenForm("KI-Verordnung", 22),
    "strasse": WrittenForm("Straße", 3),
    "dass": WrittenForm("dass", 90),
}
COMPLETER = Completer(TITLES, HEADINGS, SPELLINGS)


def complete(prefix: str, limit: int = 5) -> list[str]:
    return [completion.text for completion in COMPLETER.complete(prefix, limit)]


def words_of(text: str) -> list[str]:
    return [piece for token in tokenize(text) for piece in split_hyphens(token.word)]


def test_a_term_a_title_and_a_heading_are_found_by_the_beginning_of_a_word() -> None:
    assert COMPLETER.complete("gefährd") == [
        Completion("Gefährdungsbeurteilung", CompletionKind.TERM, 40),
        Completion("Gefährdung", CompletionKind.TERM, 5),
        Completion("Gefährdungsbeurteilung Schritt für Schritt", CompletionKind.HEADING, 1, "d1"),
        Completion("Leitfaden Gefährdungsbeurteilung psychischer Belastung", CompletionKind.TITLE, 1, "d1"),
    ]


@pytest.mark.parametrize("prefix", ["Gefährd", "GEFAEHRD", "gefaehrd", "Gefa\u0308hrd", "  gefährd"])
def test_every_spelling_is_completed_alike(prefix: str) -> None:
    assert complete(prefix) == complete("gefährd")


def test_sharp_s_and_double_s_are_one() -> None:
    assert complete("straß") == complete("STRASS") == ["Straße", "Straßen und Wege"]


def test_the_last_of_several_words_may_be_unfinished() -> None:
    assert complete("mobile arb") == ["Mobile Arbeit regeln – Ein Leitfaden für Betriebe"]


def test_words_may_stand_in_another_order() -> None:
    assert complete("belastung leitf") == ["Leitfaden Gefährdungsbeurteilung psychischer Belastung"]


def test_a_title_of_several_documents_is_offered_once_without_a_document() -> None:
    assert COMPLETER.complete("mobile") == [
        Completion("Mobile Arbeit regeln – Ein Leitfaden für Betriebe", CompletionKind.TITLE, 2, None)
    ]


def test_a_heading_like_a_title_is_offered_as_the_title_and_numbers_before_headings_are_left_out() -> None:
    found = COMPLETER.complete("schichtplanung im")
    assert found == [Completion("Schichtplanung im Betrieb", CompletionKind.TITLE, 1, "d3")]


def test_paragraph_signs_are_found() -> None:
    assert complete("§ 87") == ["§ 87 Mitbestimmung"]


def test_terms_leave_room_for_titles_and_headings() -> None:
    kinds = [completion.kind for completion in COMPLETER.complete("schicht")]
    assert kinds.count(CompletionKind.TERM) == 3
    assert len(kinds) == 5


def test_the_inside_of_a_compound_is_no_beginning() -> None:
    assert "Schichtplanung" not in complete("planung")


def test_the_last_word_is_completed_by_a_term_where_no_title_has_all_words() -> None:
    assert complete("Beratung  zur Förd") == ["Beratung  zur Förderung"]
    assert complete("Raumfahrt Förd") == []  # no word of this corpus


@pytest.mark.parametrize("typed", ["gefahrd", "gefärhd", "gefarhd", "gefäehrd", "gefärd", "gefähtd"])
def test_one_slip_is_forgiven_where_nothing_begins_so(typed: str) -> None:
    assert complete(typed)[0] == "Gefährdungsbeurteilung"


@pytest.mark.parametrize("typed", ["", " ", "g", "!?", "zzzzzz", "\x00", "g" * 3000])
def test_too_little_or_too_strange_gets_no_suggestion(typed: str) -> None:
    assert complete(typed) == []


def test_stop_words_are_not_suggested() -> None:
    assert complete("dass") == []


def test_an_empty_corpus_suggests_nothing() -> None:
    assert Completer([], [], {}).complete("gefährd") == []


@given(st.one_of(st.text(alphabet="gefährdunscitpl bomk§7-", max_size=12), st.sampled_from(["schicht", "be", "Stra", "im be"])))
def test_every_word_typed_begins_a_word_of_each_suggestion_unless_a_slip_is_forgiven(prefix: str) -> None:
    found = COMPLETER.complete(prefix)
    typed = words_of(prefix)
    texts = [words_of(completion.text) for completion in found]
    joined = ["".join(words) for words in texts]
    held = [
        all(whole.startswith(word) or any(other.startswith(word) for other in words) for word in typed)
        for words, whole in zip(texts, joined, strict=True)
    ]
    assert all(held) or not any(held)
    assert len(found) <= 5
    assert len({normalize(completion.text) for completion in found}) == len(found)
    assert not found or len(" ".join(typed)) >= MIN_PREFIX
    assert COMPLETER.complete(prefix, 2) == found[:2] or len(found) > 2


@given(st.sampled_from([title for title, _ in TITLES]), st.integers(MIN_PREFIX, 30))
def test_the_beginning_of_a_title_finds_it_or_something_that_begins_alike(title: str, length: int) -> None:
    beginning = title[:length]
    assert complete(beginning, 20)


def test_the_order_does_not_depend_on_the_order_of_what_was_handed_in() -> None:
    turned = Completer(TITLES[::-1], HEADINGS[::-1], dict(reversed(SPELLINGS.items())))
    for prefix in ("ge", "sch", "be", "schichtp", "mo"):
        assert [each.text for each in turned.complete(prefix)] == complete(prefix)
