"""Marks, windows and their HTML."""

from __future__ import annotations

import html
import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from search_service.hits import Highlight, HighlightKind, Snippet
from search_service.snippets import make_highlights, make_snippet, snippet_html

NO_BREAK = "\u00a0"
TEXT = (
    "Schichtpläne entstehen oft von Hand. Das kostet Zeit und Nerven. Wer Software einführt, braucht die Zustimmung des "
    "Betriebsrats. Die Einigungsstelle entscheidet im Streit. Danach gilt der Plan für alle Beschäftigten im Haus."
)


def mark(text: str, *words: str) -> tuple[Highlight, ...]:
    return make_highlights(text, lambda word: word in words)


def marked(snippet: Snippet) -> list[str]:
    return [snippet.text[highlight.start : highlight.end] for highlight in snippet.highlights]


def strip_tags(markup: str) -> str:
    return html.unescape(re.sub(r"</?(?:mark|em)>", "", markup))


def test_accepted_words_are_marked_where_they_stand():
    assert mark("Der Plan, kein Planer: Plan!", "Plan") == (Highlight(4, 8), Highlight(23, 27))


def test_a_hyphenated_word_is_marked_whole_or_in_the_part_that_fits():
    assert mark("KI-Einführung", "KI-Einführung") == (Highlight(0, 13),)
    assert mark("KI-Einführung", "Einführung") == (Highlight(3, 13),)


def test_a_paragraph_is_marked_with_its_sign():
    assert mark("Nach § 87 Abs. 87 gilt §87.", "§ 87", "§87") == (Highlight(5, 9), Highlight(23, 26))
    assert mark("Nach § 87", "87") == ()


def test_an_enumeration_is_marked_in_both_its_words():
    assert mark("Die Ein- und Ausgabe prüft.", "Ein- und Ausgabe") == (Highlight(4, 8), Highlight(13, 20))
    assert mark("Textarbeit und -gestaltung", "Textarbeit und -gestaltung", "gestaltung") == (
        Highlight(0, 10),
        Highlight(16, 26),
    )
    assert mark("Förder- und Beratung", "Förder") == (Highlight(0, 6),)


def test_the_window_shows_the_sentences_with_the_most_different_marked_words():
    snippet = make_snippet(TEXT, mark(TEXT, "Software", "Betriebsrats", "Einigungsstelle"), limit=120)
    assert snippet.text == (
        f"…{NO_BREAK}Wer Software einführt, braucht die Zustimmung des Betriebsrats. Die Einigungsstelle entscheidet im Streit."
        f"{NO_BREAK}…"
    )
    assert marked(snippet) == ["Software", "Betriebsrats", "Einigungsstelle"]


def test_without_marks_the_window_is_the_beginning():
    snippet = make_snippet(TEXT, (), limit=80)
    assert snippet.text == f"Schichtpläne entstehen oft von Hand. Das kostet Zeit und Nerven.{NO_BREAK}…"


def test_a_short_text_is_shown_whole_with_its_lines_joined():
    text = "  Erste Zeile\n\n zweite\tZeile "
    snippet = make_snippet(text, mark(text, "zweite"))
    assert snippet.text == "Erste Zeile zweite Zeile"
    assert marked(snippet) == ["zweite"]


def test_an_abbreviation_does_not_end_a_sentence():
    text = "Nach Art. 26 Abs. 7 gilt z. B. Folgendes. " * 8 + "Neues steht hier."
    snippet = make_snippet(text, mark(text, "Neues"), limit=60)
    assert marked(snippet) == ["Neues"]
    assert not snippet.text.startswith((f"…{NO_BREAK}26", f"…{NO_BREAK}Folgendes"))


def test_a_sentence_longer_than_the_window_is_cut_between_words_around_the_mark():
    text = "und so weiter " * 60 + "Zielwort" + " und noch mehr" * 60
    snippet = make_snippet(text, mark(text, "Zielwort"), limit=200)
    assert marked(snippet) == ["Zielwort"]
    inner = snippet.text.strip(f"…{NO_BREAK}")
    assert f" {inner} " in f" {text} "


def test_the_sentence_nearest_in_meaning_counts_as_one_marked_word():
    answer = TEXT.index("Die Einigungsstelle")
    sentence = Highlight(answer, TEXT.index(" Danach"), HighlightKind.SEMANTIC)
    assert "Die Einigungsstelle entscheidet im Streit." in make_snippet(TEXT, (sentence,), limit=80).text
    both = (*mark(TEXT, "Schichtpläne", "Hand", "Zeit"), sentence)  # three words elsewhere outweigh it
    assert make_snippet(TEXT, both, limit=80).text.startswith("Schichtpläne entstehen oft von Hand.")


def test_a_sentence_longer_than_the_window_is_shown_from_its_start():
    text = "Davor steht etwas anderes, das niemand sucht. " * 3 + "Die Antwort " + "ist lang und " * 40 + "endet hier."
    start = text.index("Die Antwort")
    snippet = make_snippet(text, (Highlight(start, len(text), HighlightKind.SEMANTIC),), limit=120)
    assert snippet.text.startswith(f"…{NO_BREAK}Die Antwort ist lang")
    (highlight,) = snippet.highlights
    assert highlight.kind is HighlightKind.SEMANTIC
    assert snippet.text[highlight.start : highlight.end].startswith("Die Antwort")


def test_html_is_escaped_before_it_is_marked():
    snippet = Snippet('<b>"Plan" & Plan</b>', (Highlight(4, 8), Highlight(12, 16)))
    assert snippet_html(snippet) == "&lt;b&gt;&quot;<mark>Plan</mark>&quot; &amp; <mark>Plan</mark>&lt;/b&gt;"


def test_a_marked_word_in_the_sentence_that_answers_is_nested():
    snippet = Snippet("Nein. Der Plan gilt.", (Highlight(6, 20, HighlightKind.SEMANTIC), Highlight(10, 14)))
    assert snippet_html(snippet) == "Nein. <em>Der <mark>Plan</mark> gilt.</em>"


TEXTS = st.text(st.sampled_from("abcÄß .,!?\n\t<>&\"'-„“§1"), max_size=400)
WORDS = st.sets(st.sampled_from(["a", "ab", "b", "c", "Ä", "ß", "abc", "1"]))


@st.composite
def highlighted_texts(draw: st.DrawFn) -> tuple[str, tuple[Highlight, ...]]:
    """Return any text with any highlights inside it, overlapping and empty ones too."""
    text = draw(TEXTS)
    place = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(place, place, st.sampled_from(HighlightKind)), max_size=8))
    return text, tuple(Highlight(min(one, other), max(one, other), kind) for one, other, kind in pairs)


@given(TEXTS, WORDS)
def test_highlights_are_ascending_apart_and_hold_accepted_words(text, words):
    highlights = make_highlights(text, words.__contains__)
    assert all(text[highlight.start : highlight.end] in words for highlight in highlights)
    assert all(one.end <= other.start for one, other in itertools.pairwise(highlights))


@given(highlighted_texts(), st.integers(20, 400))
def test_a_snippet_keeps_to_its_limit_and_its_offsets_hold(highlighted, limit):
    text, highlights = highlighted
    snippet = make_snippet(text, highlights, limit)
    assert len(snippet.text) <= limit
    assert all(0 <= highlight.start < highlight.end <= len(snippet.text) for highlight in snippet.highlights)
    inner = snippet.text.removeprefix(f"…{NO_BREAK}").removesuffix(f"{NO_BREAK}…")
    assert inner in " ".join(text.split())


@given(TEXTS, WORDS, st.integers(30, 200))
def test_marked_words_stay_the_same_words_in_the_snippet(text, words, limit):
    snippet = make_snippet(text, make_highlights(text, words.__contains__), limit)
    whole_words = words | {""}
    cut = [word for word in marked(snippet) if word not in whole_words]
    # Only a word longer than the whole window may be cut.
    assert all(len(word) > limit / 2 for word in cut)


@given(TEXTS, WORDS)
def test_a_text_with_marks_never_shows_a_window_without(text, words):
    highlights = make_highlights(text, words.__contains__)
    if highlights:
        assert make_snippet(text, highlights, 60).highlights


@given(highlighted_texts())
def test_html_without_its_tags_is_the_text_and_nothing_else_is_markup(highlighted):
    text, highlights = highlighted
    markup = snippet_html(Snippet(text, highlights))
    assert strip_tags(markup) == text
    assert "<" not in re.sub(r"</?(?:mark|em)>", "", markup)
    # Well-formed: every tag closes the one opened last.
    opened: list[str] = []
    for closing, name in re.findall(r"<(/?)(mark|em)>", markup):
        if closing:
            assert opened.pop() == name
        else:
            opened.append(name)
    assert opened == []
