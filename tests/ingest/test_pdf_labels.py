from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.labels import (
    Candidate,
    PageLabel,
    Run,
    find_candidates,
    parse_roman,
    read_labels,
    settle_labels,
    spell_roman,
)


def settle(rows: list[str | None], filed: list[str] | None = None) -> list[tuple[str, str] | None]:
    """Settle the labels of pages whose footers read like `rows`."""
    candidates = [c for page, text in enumerate(rows) if text for c in find_candidates(page, 1, text)]
    _, runs = read_labels(candidates, len(rows))
    found = settle_labels(runs, len(rows), filed)
    return [(label.text, label.source) if label else None for label in found.pages]


def texts(rows: list[str | None], filed: list[str] | None = None) -> list[str | None]:
    return [label[0] if label else None for label in settle(rows, filed)]


def test_roman_front_matter_then_arabic_with_a_chapter_page_without_number() -> None:
    assert texts(["i", "ii", "iii", "1", "2", None, "4", "5"]) == ["i", "ii", "iii", "1", "2", "3", "4", "5"]


def test_pages_before_the_first_printed_number_are_counted_back_to_one() -> None:
    assert texts([None, None, None, "2", "3", "4"]) == [None, None, "1", "2", "3", "4"]


def test_all_ways_to_print_a_number() -> None:
    for pattern in ("- {} -", "Seite {} von 12", "{}", "Kapitel Einleitung {}", "{} | Jahresbericht", "[{}]", "S. {}", "{}/12"):
        assert texts([pattern.format(number) for number in (3, 4, 5)]) == ["3", "4", "5"], pattern
    assert texts(["A-1", "A-2", "A-3"]) == ["A-1", "A-2", "A-3"]
    assert texts(["3-11", "3-12", None, "3-14", "4-1", "4-2"]) == ["3-11", "3-12", "3-13", "3-14", "4-1", "4-2"]


def test_numbers_that_do_not_keep_step_are_no_labels() -> None:
    assert texts(["2024", "2024", "2024"]) == [None, None, None]
    assert texts(["7", None, "3"]) == [None, None, None]


def test_a_single_page_that_names_itself_is_believed() -> None:
    assert texts(["Seite 3 von 12"]) == ["3"]
    assert texts(["12"]) == [None]


def test_print_wins_over_the_file_and_the_report_says_so() -> None:
    rows: list[str | None] = [None, None, "1", "2", "3", "4"]
    filed = ["1", "2", "3", "4", "5", "6"]
    assert settle(rows, filed) == [None, None, ("1", "print"), ("2", "print"), ("3", "print"), ("4", "print")]
    candidates = [c for page, text in enumerate(rows) if text for c in find_candidates(page, 1, text)]
    (notice,) = settle_labels(read_labels(candidates, 6)[1], 6, filed).notices
    assert notice.startswith("Auf 4 Seiten weicht die aufgedruckte Seitenzahl von der im PDF hinterlegten ab")
    assert "PDF-Seite 3: aufgedruckt „1“, hinterlegt „3“" in notice


def test_labels_of_the_file_hold_where_nothing_is_printed_or_both_agree() -> None:
    assert settle([None, None], ["iv", "v"]) == [("iv", "page_labels"), ("v", "page_labels")]
    assert settle([None, "2", "3", "4"], ["Titel", "2", "3", "4"]) == [
        ("Titel", "page_labels"),
        ("2", "page_labels"),
        ("3", "page_labels"),
        ("4", "page_labels"),
    ]


def test_confidence_falls_from_agreement_to_print_to_gap_to_mere_counting() -> None:
    printed = Run("arabic", 1, {page: str(page + 1) for page in (0, 1, 2, 4)}, 0.8)
    alone = settle_labels([printed], 5, None).pages
    assert [label.confidence for label in alone if label] == [0.8, 0.8, 0.8, 0.68, 0.8]
    both = settle_labels([printed], 5, ["1", "2", "3", "4", "5"]).pages
    assert both[0] == PageLabel("1", "page_labels", 1.0)
    unseen = settle_labels([], 3, ["1", "2", "3"]).pages
    assert [label.confidence for label in unseen if label] == [0.5, 0.5, 0.5]


def test_two_runs_that_disagree_leave_the_gap_between_them_open_where_it_cannot_be_counted() -> None:
    assert texts(["5", "6", "7", None, None, "8", "9", "10"])[5:] == ["8", "9", "10"]
    assert "7" not in texts(["5", "6", "7", None, None, "8", "9", "10"])[3:]


@given(st.integers(1, 3999))
def test_roman_numerals_read_back(value: int) -> None:
    assert parse_roman(spell_roman(value)) == value


@given(st.integers(1, 200), st.integers(2, 40), st.sets(st.integers(1, 38)))
def test_a_run_with_holes_gives_every_page_its_number(first: int, count: int, holes: set[int]) -> None:
    missing = {hole for hole in holes if 1 <= hole < count - 1 and hole + 1 not in holes}
    rows = [None if page in missing else str(first + page) for page in range(count)]
    if sum(row is not None for row in rows) >= 2:
        assert texts(rows) == [str(first + page) for page in range(count)]


PAGES, PLACES, VALUES = st.integers(0, 9), st.integers(-2, 2), st.integers(1, 12)


@given(st.lists(st.builds(Candidate, PAGES, PLACES, st.just("arabic"), VALUES, st.just("x"))))
def test_every_label_has_a_confidence_between_zero_and_one(candidates: list[Candidate]) -> None:
    labels, runs = read_labels(candidates, 10)
    assert sum(label is not None for label in labels) == sum(len(run.printed) for run in runs)
    for label in settle_labels(runs, 10, None).pages:
        assert label is None or 0 < label.confidence <= 1
