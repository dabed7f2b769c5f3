"""The words of a text that take part in late interaction."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search_service.content_words import find_content_words

TEXTS = st.text(st.sampled_from("abzÄß .,-–§87\n\u00ad\u0308"), max_size=80) | st.text(max_size=40)


def test_words_of_one_stem_are_one_entry_with_all_its_places() -> None:
    text = "Die Pausen: Jede Pause zählt."
    places = find_content_words(text)
    assert [[text[start:end] for start, end in spans] for spans in places.values()] == [["Pausen", "Pause"], ["zählt"]]
    assert list(places) == ["paus", "zahlt"]


def test_stop_words_and_signs_are_no_content_words() -> None:
    assert find_content_words("und, die – …!") == {}
    assert find_content_words("") == {}


def test_a_paragraph_is_one_word_with_its_sign() -> None:
    text = "Nach § 87 BetrVG"
    assert [text[start:end] for spans in find_content_words(text).values() for start, end in spans] == ["§ 87", "BetrVG"]


@given(TEXTS)
def test_places_are_inside_the_text_and_stems_come_in_the_order_of_first_occurrence(text: str) -> None:
    places = find_content_words(text)
    firsts = [spans[0][0] for spans in places.values()]
    assert firsts == sorted(firsts)
    assert all(0 <= start < end <= len(text) for spans in places.values() for start, end in spans)


@given(TEXTS, TEXTS)
def test_the_words_of_a_title_come_before_those_of_the_text_under_it(title: str, text: str) -> None:
    alone, below = list(find_content_words(f"{title}\n")), list(find_content_words(f"\n{text}"))
    assert list(find_content_words(f"{title}\n\n.\n\n{text}")) == list(dict.fromkeys([*alone, *below]))
