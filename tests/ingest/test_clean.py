from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean, join_lines, join_torn

# The letters and marks that the repairs act on, so that random texts meet them.
TROUBLE = st.text(
    st.sampled_from("aouAOUxyZ \u00a8\u0308\u00ad\x02\ufffe\ufb01\ufb00\u200b\u00a0\n\r-\u2011„ \uf0b7\ue000\x00.,1"),
    max_size=30,
)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Quali\ufb01zierung o\ufb00en e\ufb03zient", "Qualifizierung offen effizient"),
        ("F¨orderung f¨ur K¨aufer", "Förderung für Käufer"),
        ("Fo¨rderung fu¨r Ka¨ufer", "Förderung für Käufer"),
        ("Fo\u0308rderung", "Förderung"),
        ("Weiter\u00adbildung", "Weiterbildung"),
        ("Förde\x02rung", "Förderung"),
        ("IT\x02Sicherheit", "IT-Sicherheit"),
        ("Förder\x02und Beratung", "Förder- und Beratung"),
        ("§\u00a087  Abs.\t1", "§ 87 Abs. 1"),
        ("\uf0b7 Punkt", "• Punkt"),
        ("sagt „ gut“", "sagt „gut“"),
        ("eins\r\n\r\n zwei \x0cdrei", "eins\nzwei\ndrei"),
    ],
)
def test_repairs_what_files_do_to_german_text(broken: str, whole: str) -> None:
    assert clean(broken) == whole


@given(st.one_of(TROUBLE, st.text(max_size=60)))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=60))
def test_clean_text_has_no_stray_blanks_and_can_be_written(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert all(line == line.strip() and "  " not in line and line for line in cleaned.split("\n") if cleaned)


@given(st.text("abcdefghijklmnopqrstuvwxyzäöüßABCDEFÄÖÜ .,;:!?0123456789-–§()\n", max_size=80))
def test_sound_text_only_loses_blanks(text: str) -> None:
    assert "".join(clean(text).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [
        ("Förde", "rung", "Förderung"),
        ("Betriebs", "rates", "Betriebsrates"),
        ("IT", "Sicherheit", "IT-Sicherheit"),
        ("KMU", "Bereich", "KMU-Bereich"),
        ("KI", "gestützte", "KI-gestützte"),
        ("Baden", "Württemberg", "Baden-Württemberg"),
        ("Förder", "und", "Förder- und"),
        ("Hard", "oder", "Hard- oder"),
        ("Ein", "bis", "Ein- bis"),
        ("so", "wie", "sowie"),
        ("den", "noch", "dennoch"),
        ("5", "jährige", "5-jährige"),
        ("FÖRDE", "RUNG", "FÖRDERUNG"),
        ("E", "Mail", "E-Mail"),
        ("Mensch-Maschine", "Schnittstelle", "Mensch-Maschine-Schnittstelle"),
        ("Mensch-Maschine-Schnitt", "stelle", "Mensch-Maschine-Schnittstelle"),
    ],
)
def test_torn_words_are_joined_by_rule(left: str, right: str, joined: str) -> None:
    assert join_torn(left, right) == joined


def test_words_seen_elsewhere_decide_before_the_rules() -> None:
    assert join_torn("Make", "up", {"make-up"}) == "Make-up"
    assert join_torn("Power", "Point", {"powerpoint"}) == "PowerPoint"


def test_lines_are_joined_with_their_torn_words() -> None:
    assert join_lines(["Die Förder-", "und Beratungsange-", "bote der IT-", "Sicherheit – heu\x02", "te."]) == (
        "Die Förder- und Beratungsangebote der IT-Sicherheit – heute."
    )


def test_a_dash_at_a_line_end_is_no_hyphen() -> None:
    assert join_lines(["Das gilt –", "immer – so -", "hier."]) == "Das gilt – immer – so - hier."
