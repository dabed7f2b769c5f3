"""Sentences, and which of them answers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search_service.content_words import find_content_words
from search_service.embedder import Vectors
from search_service.sentences import MIN_WORDS, find_nearest_sentence, find_sentence_starts
from tests.stand_in_embedder import HashedWordsEmbedder

TEXT = (
    "Schichtpläne entstehen oft von Hand. Das kostet Zeit und Nerven im Team.\n"
    "Wer Software einführt, braucht nach § 87 Abs. 1 Nr. 6 BetrVG den Betriebsrat. Kurz gesagt: gemeinsam."
)
TITLE = "Leitfaden Software\n"


def sentences_of(text: str) -> list[str]:
    starts = find_sentence_starts(text)
    return [text[start:end].rstrip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def compare(text: str, question: str) -> Vectors:
    """Return the cosines of each content word of `text` with each of the question; 1 for words of one stem."""
    embedder = HashedWordsEmbedder(2048)
    return embedder.embed_query(text).words @ embedder.embed_query(question).words.T


def nearest(text: str, question: str, title: str = TITLE) -> str | None:
    found = find_nearest_sentence(title + text, len(title), compare(title + text, question))
    return None if found is None else text[slice(*found)]


def test_a_closing_bracket_before_the_full_stop_ends_a_sentence_too() -> None:
    text = "Er braucht Sachverstand (§ 80 Abs. 3 Satz 2 BetrVG). Eine Anlage genügt. Das gilt (z. B. in der Pflege) überall."
    assert sentences_of(text) == [
        "Er braucht Sachverstand (§ 80 Abs. 3 Satz 2 BetrVG).",
        "Eine Anlage genügt.",
        "Das gilt (z. B. in der Pflege) überall.",
    ]


def test_sentences_end_at_full_stops_and_lines_but_not_after_abbreviations() -> None:
    assert sentences_of(TEXT) == [
        "Schichtpläne entstehen oft von Hand.",
        "Das kostet Zeit und Nerven im Team.",
        "Wer Software einführt, braucht nach § 87 Abs. 1 Nr. 6 BetrVG den Betriebsrat.",
        "Kurz gesagt: gemeinsam.",
    ]
    assert sentences_of("Er sagt: „Nein danke.“ Dann geht er. 1. Kapitel") == [
        "Er sagt: „Nein danke.“", "Dann geht er. 1. Kapitel",
    ]  # fmt: skip


def test_the_sentence_with_the_words_of_the_question_is_nearest() -> None:
    assert nearest(TEXT, "Wie lange kostet das Nerven?") == "Das kostet Zeit und Nerven im Team."
    assert nearest(TEXT, "Pläne von Hand") == "Schichtpläne entstehen oft von Hand."


def test_words_of_the_title_do_not_make_a_sentence_nearest() -> None:
    assert nearest(TEXT, "Software") == "Wer Software einführt, braucht nach § 87 Abs. 1 Nr. 6 BetrVG den Betriebsrat."
    assert nearest("Betriebe planen gemeinsam Schichten. Danach folgt lange nichts.", "Software") == (
        "Betriebe planen gemeinsam Schichten."
    )


def test_a_word_that_stands_twice_counts_in_both_sentences() -> None:
    text = "Pausen regelt jeder Betrieb. Pausen nach sechs Stunden Arbeit verlangt das Gesetz."
    assert nearest(text, "Pausen Gesetz") == "Pausen nach sechs Stunden Arbeit verlangt das Gesetz."
    assert nearest(text, "Pausen Betrieb") == "Pausen regelt jeder Betrieb."


def test_of_equally_near_sentences_the_first_is_taken() -> None:
    text = "Alpha beta gamma delta. Alpha beta gamma delta."
    assert find_nearest_sentence(text, 0, compare(text, "Alpha")) == (0, 23)


def test_labels_and_headings_answer_nothing() -> None:
    assert MIN_WORDS == 3
    assert nearest("Pausen\nDie Pausen im Betrieb dauern lange.", "Pausen") == "Die Pausen im Betrieb dauern lange."
    assert nearest("Pausen", "Pausen") is None


def test_without_words_there_is_no_nearest_sentence() -> None:
    no_words = np.zeros((0, 3), dtype=np.float32)
    assert find_nearest_sentence("und die", 0, no_words) is None
    assert find_nearest_sentence("", 0, no_words) is None
    count = len(find_content_words(TEXT))
    assert find_nearest_sentence(TEXT, 0, np.zeros((count, 0), dtype=np.float32)) is None


def test_rows_of_another_text_are_not_used() -> None:
    count = len(find_content_words(TEXT))
    assert find_nearest_sentence(TEXT, 0, np.ones((count + 1, 2), dtype=np.float32)) is None
    assert find_nearest_sentence(TEXT, 0, np.ones((count, 2), dtype=np.float32)) is not None


TEXTS = st.text(st.sampled_from("ab Cd.!\n„“ Äx"), max_size=120)


@given(TEXTS)
def test_starts_ascend_from_0_and_nothing_is_lost(text: str) -> None:
    starts = find_sentence_starts(text)
    assert starts[0] == 0
    assert starts == sorted(starts)
    assert starts[-1] <= len(text)


@given(TEXTS, TEXTS, st.text(st.sampled_from("abx C"), max_size=10))
def test_a_nearest_sentence_is_one_of_the_sentences(title: str, text: str, question: str) -> None:
    found = find_nearest_sentence(f"{title}\n{text}", len(title) + 1, compare(f"{title}\n{text}", question))
    if found is not None:
        start, end = found
        assert start in find_sentence_starts(text)
        assert text[start:end] in sentences_of(text)
        assert text[start:end].strip()
