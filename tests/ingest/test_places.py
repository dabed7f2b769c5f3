from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean
from ingest.extract.places import Frame, Line, align_lines, place_line
from ingest.hyphens import join_lines

BOX = (0.1, 0.2, 0.3, 0.4)
WORDS = st.lists(st.text("abcdeäöüß-.,", min_size=1, max_size=9), min_size=1, max_size=6).map(" ".join)


def parts(text: str, lines: list[str]) -> list[str]:
    return [text[place.start : place.end] for place in align_lines(text, [Line(line, BOX) for line in lines])]


def test_lines_are_found_in_the_text_they_were_joined_to() -> None:
    assert parts("Die Förderung der IT-Sicherheit hilft", ["Die Förde\x02", "rung der IT\x02", "Sicherheit hilft"]) == [
        "Die Förde",
        "rung der IT",
        "Sicherheit hilft",
    ]


def test_ligatures_bullets_and_table_cells_do_not_disturb() -> None:
    assert parts("Effizient arbeiten", ["• E\ufb03zient", "arbeiten"]) == ["Effizient", "arbeiten"]
    assert parts("Jahr | Wert\n2024 | 17", ["Jahr", "Wert", "2024", "17"]) == ["Jahr", "Wert", "2024", "17"]


def test_a_line_that_lost_its_letters_is_left_out_and_the_others_hold() -> None:
    assert parts("Anfang Ende", ["Anfang", "–", "Ende"]) == ["Anfang", "Ende"]
    assert parts("Anfang Ende", ["12", "Anfang", "Ende"])[-1] == "Ende"


@pytest.mark.parametrize(
    ("facing", "box"),
    [(0, (0.1, 0.1, 0.2, 0.3)), (90, (0.1, 0.8, 0.3, 0.9)), (180, (0.8, 0.7, 0.9, 0.9)), (270, (0.7, 0.1, 0.9, 0.2))],
)
def test_a_box_is_given_on_the_page_as_displayed(facing: int, box: tuple[float, ...]) -> None:
    assert Frame(100.0, 200.0, facing).show(10.0, 20.0, 20.0, 60.0) == pytest.approx(box)


def test_a_line_box_holds_its_letters_above_and_below_the_baseline() -> None:
    assert place_line("Zeile", 10.0, 60.0, 50.0, 10.0, Frame(100.0, 100.0)).box == pytest.approx((0.1, 0.42, 0.6, 0.522))


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_places_ascend_lie_in_the_text_and_share_its_letters(lines: list[str]) -> None:
    text = clean(join_lines(lines))
    places = align_lines(text, [Line(line, BOX) for line in lines])
    end = 0
    for place in places:
        assert end <= place.start < place.end <= len(text)
        end = place.end
    letters = "".join(c for c in text if c.isalnum())
    assert "".join(c for place in places for c in text[place.start : place.end] if c.isalnum()) == letters


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=5))
def test_any_text_and_any_lines_give_places_inside_the_text(text: str, lines: list[str]) -> None:
    end = 0
    for place in align_lines(text, [Line(line, BOX) for line in lines]):
        assert end <= place.start < place.end <= len(text)
        end = place.end
