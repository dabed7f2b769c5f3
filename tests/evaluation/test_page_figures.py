from evaluation.pages.figures import Figures, Opening, Transfer, count_round_trips, find_misses, report_lines, summarise

ROOT = "http://127.0.0.1:8000"
PAGE = Transfer(f"{ROOT}/suche?q=x", 9_000, None)
STYLE = Transfer(f"{ROOT}/static/stil.css", 5_000, PAGE.address)
SCRIPT = Transfer(f"{ROOT}/static/beleg.js", 2_000, PAGE.address)
FONT = Transfer(f"{ROOT}/static/schrift.woff2", 30_000, STYLE.address)


def figures(**changes) -> Figures:
    known = {"size": 10_000, "requests": 3, "round_trips": 2, "lcp": 400.0, "foreign": (), "complaints": (), "is_bounded": True}
    return Figures("Treffer", **(known | changes))


def test_a_page_with_its_parts_takes_two_round_trips_and_what_a_part_asks_for_one_more():
    assert count_round_trips([]) == 0
    assert count_round_trips([PAGE]) == 1
    assert count_round_trips([PAGE, STYLE, SCRIPT]) == 2
    assert count_round_trips([FONT, SCRIPT, STYLE, PAGE]) == 3


def test_an_unknown_initiator_counts_as_the_page_and_a_circle_ends():
    assert count_round_trips([PAGE, Transfer(f"{ROOT}/a", 1, "about:blank")]) == 2
    one, other = Transfer("a", 1, "b"), Transfer("b", 1, "a")
    assert count_round_trips([one, other]) == 2


def test_a_state_is_as_heavy_as_its_worst_opening_and_as_fast_as_the_one_in_the_middle():
    openings = [
        Opening((PAGE, STYLE), 300.0, ()),
        Opening((PAGE, STYLE, SCRIPT), 900.0, ("kaputt",)),
        Opening((PAGE,), None, ("kaputt",)),
        Opening((PAGE, Transfer("https://fremd.example/zaehler.gif", 43, PAGE.address)), 500.0, ()),
    ]
    assert summarise("Treffer", openings, is_bounded=True) == figures(
        size=16_000, requests=3, lcp=500.0, foreign=("fremd.example",), complaints=("kaputt",)
    )


def test_each_target_is_missed_for_itself():
    assert find_misses(figures()) == []
    assert find_misses(figures(size=60_000, round_trips=2, lcp=1000.0)) == []
    assert find_misses(figures(size=70_123)) == ["Treffer: 70,1 KB statt 60,0 KB"]
    assert find_misses(figures(round_trips=3)) == ["Treffer: 3 Wege hin und zurück statt 2"]
    assert find_misses(figures(size=900_000, round_trips=5, is_bounded=False)) == []
    assert find_misses(figures(lcp=1500.4, is_bounded=False)) == ["Treffer: LCP 1500 ms statt 1000 ms"]
    assert find_misses(figures(lcp=None)) == ["Treffer: LCP nicht messbar"]
    assert find_misses(figures(foreign=("fremd.example",), complaints=("kaputt",))) == [
        "Treffer: fragt fremd.example",
        "Treffer: Fehler in der Konsole: kaputt",
    ]


def test_the_report_is_a_table_and_says_whether_all_targets_are_kept():
    lines = report_lines([figures()], 5)
    assert lines[2] == "| Treffer | 10,0 | 3 | 2 | 400 | 0 | 0 |"
    assert lines[-1] == "Alle gehalten."
    assert report_lines([figures(round_trips=3)], 5)[-1] == "Verfehlt – Treffer: 3 Wege hin und zurück statt 2"
