"""References to laws: a section and its law as a pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.references import find_references, write_section_signs


def keys(text: str, *, any_law: bool = False) -> list[str]:
    return [reference.key for reference in find_references(text, any_law=any_law)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("§ 87 BetrVG", ["§87 betrvg"]),
        ("§87 BetrVG", ["§87 betrvg"]),
        ("§ 87 Abs. 1 Nr. 6 BetrVG", ["§87 betrvg"]),
        ("§ 87 Abs. 1 Nrn. 1, 2 und 6 BetrVG", ["§87 betrvg"]),
        ("§§ 87 ff. BetrVG", ["§87 betrvg"]),
        ("§§ 87, 99 und 111 BetrVG", ["§87 betrvg", "§99 betrvg", "§111 betrvg"]),
        ("§ 9, § 10 ArbZG); mind.", ["§9 arbzg", "§10 arbzg"]),
        ("§§ 5, 6 ArbSchG; §§ 3, 4 BetrSichV", ["§5 arbschg", "§6 arbschg", "§3 betrsichv", "§4 betrsichv"]),
        ("§ 87 BetrVG i. V. m. § 6 ArbZG", ["§87 betrvg", "§6 arbzg"]),
        ("§ 87 des Betriebsverfassungsgesetzes", ["§87 betriebsverfassungsgesetz"]),
        ("§ 82a SGB III (Qualifizierungsgeld)", ["§82a sgbiii"]),
        ("§ 82 sgb iii", ["§82 sgbiii"]),
        ("Art. 6 DSGVO", ["art6 dsgvo"]),
        ("Artikel 6 Absatz 1 Buchstabe f DS-GVO", ["art6 dsgvo"]),
        ("Art. 5 II DSGVO", ["art5 dsgvo"]),
        ("Art. 26 KI-VO", ["art26 kivo"]),
        ("BGB § 611a", ["§611a bgb"]),
        ("Arbeitszeitgesetz (ArbZG), § 3", ["§3 arbzg"]),
        ("VOB/B § 4", ["§4 vobb"]),
        ("§ 4 IT-Leiter", []),
        ("nach § 87 gilt das BetrVG", []),
        ("§ 87", []),
        ("BetrVG", []),
        ("Art. 18 der Richtlinie", []),
        ("Die Art 3 von Arbeit", []),
    ],
)
def test_the_law_of_a_section_is_read_with_it(text: str, found: list[str]) -> None:
    assert keys(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("§ 87 abs. 1 betrvg", ["§87 betrvg"]),
        ("art 6 dsgvo", ["art6 dsgvo"]),
        ("betrvg § 87", ["§87 betrvg"]),
    ],
)
def test_a_question_in_small_letters_names_its_law_too(text: str, found: list[str]) -> None:
    assert keys(text) == []
    assert keys(text, any_law=True) == found


@given(
    st.lists(st.sampled_from(["§ 5", "§§ 7, 8", "Art. 6", "BetrVG", "und", ";", "Abs. 1", "Text", "SGB IX", "12"]), max_size=12)
)
def test_every_pair_is_of_a_section_and_a_law_of_the_text(pieces: list[str]) -> None:
    text = " ".join(pieces)
    for reference in find_references(text):
        assert reference.law in ("betrvg", "sgbix")
        assert reference.section.lstrip("§art") in ("5", "7", "8", "6", "12")


@given(st.text(max_size=80), st.booleans())
def test_no_text_is_refused(text: str, any_law: bool) -> None:
    assert all(" " in key for key in keys(f"§ {text} § 1 {text}", any_law=any_law))


def test_a_section_as_people_say_it_gets_its_sign() -> None:
    assert write_section_signs("Was regelt Paragraph 87 BetrVG?") == "Was regelt § 87 BetrVG?"
    assert write_section_signs("Paragrafen 87 und 99, des Paragrafs 5") == "§ 87 und 99, des § 5"
    assert write_section_signs("Der Paragraf ist lang") == "Der Paragraf ist lang"
