from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import split_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "whole",
    [
        "Das gilt z. B. Montags.",
        "Am 3. Oktober 2025 beginnt der Lehrgang.",
        "Nach § 87 Abs. 1 Nr. 6 BetrVG bestimmt der Betriebsrat mit.",
        "Prof. Dr. A. Müller sprach im II. Quartal.",
        "Vgl. Art. 4 KI-VO.",
        "Das sind ca. 12 Mio. Euro.",
    ],
)
def test_abbreviations_and_ordinals_end_no_sentence(whole: str) -> None:
    assert sentences(whole) == [whole]


def test_sentences_end_at_full_stop_question_and_quotation() -> None:
    text = "Wer trägt es? „Der Arbeitgeber.“ Das steht im Gesetz von 2021. Danach kam nichts! (Stand heute.) § 5 gilt."
    assert sentences(text) == [
        "Wer trägt es?",
        "„Der Arbeitgeber.“",
        "Das steht im Gesetz von 2021.",
        "Danach kam nichts!",
        "(Stand heute.)",
        "§ 5 gilt.",
    ]


@given(st.text("abcÄ .!?1„“()\n", max_size=60))
def test_no_character_but_blanks_falls_between_sentences(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
