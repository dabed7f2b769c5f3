from __future__ import annotations

import pytest

from evaluation.main_text import compare_page, mean_f1, read_baseline

TEXT = "Elf Stunden Ruhezeit sind zwischen zwei Schichten einzuhalten, und davon darf nur ein Tarifvertrag abweichen."
PAGE = f"<html><body><nav>Start Kontakt</nav><main><h1>Ruhezeit</h1><p>{TEXT}</p></main></body></html>"


def test_a_page_worked_by_hand() -> None:
    found = compare_page("a", PAGE, "Eins zwei drei vier", "eins, zwei. Fünf")
    assert (found.ours.shared, found.ours.found, found.ours.wanted) == (2, 4, 3)
    assert found.ours.f1 == pytest.approx(4 / 7)


def test_the_baseline_reads_the_page_itself() -> None:
    assert TEXT in read_baseline(PAGE)
    assert read_baseline("") == ""
    assert compare_page("a", PAGE, "", TEXT).baseline.recall == 1.0


def test_the_mean_is_taken_over_pages() -> None:
    pages = [compare_page("a", PAGE, TEXT, TEXT), compare_page("b", "", "x", TEXT)]
    assert mean_f1(pages)[0] == pytest.approx(0.5)
    with pytest.raises(ValueError, match="no pages"):
        mean_f1([])
