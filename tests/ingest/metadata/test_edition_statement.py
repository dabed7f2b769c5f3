from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.describe import describe
from ingest.extract import extract
from ingest.limits import DEFAULT_LIMITS
from ingest.metadata.edition_statement import EditionStatement, read_edition

SENTENCES = "#lorem(60)\n\n" * 3


@pytest.mark.parametrize(
    ("line", "number", "year"),
    [
        ("2. Auflage, 2024", 2, 2024),
        ("Auflage, 2024", None, 2024),
        ("2., überarbeitete und erweiterte Auflage 2024", 2, 2024),
        ("3. Aufl., Dortmund", 3, None),
        ("Zweite, aktualisierte Auflage (2023)", 2, 2023),
        ("12. Auflage: März 2022", 12, 2022),
        ("2. Auflage, Berlin 2024", 2, 2024),
        ("Ausgabe: Sommer 2023", None, 2023),
        ("Ausgabe 2023", None, 2023),
        ("Ausgabe 03/2023", None, 2023),
        ("Stand: März 2024", None, 2024),
        ("Ein Leitfaden (Stand 15.03.2024)", None, 2024),
        ("Dortmund, Stand: 1. Mai 2024", None, 2024),
        ("Auflage: 2000 Exemplare", None, None),
        ("Auflage: 2.000", None, None),
        ("Zum Stand der Technik 2020 in Werkstätten", None, None),
        ("Ausgaben für Bildung 2020", None, None),
    ],
)
def test_an_edition_is_read_in_every_usual_spelling(line: str, number: int | None, year: int | None) -> None:
    assert read_edition([line]) == EditionStatement(number, year)


def test_the_last_of_several_editions_counts_and_an_edition_comes_before_a_date_of_the_text() -> None:
    assert read_edition(["1. Auflage 2019", "3. Auflage 2024", "2. Auflage 2021"]) == EditionStatement(3, 2024)
    assert read_edition(["Stand: Dezember 2023", "2. Auflage 2024"]) == EditionStatement(2, 2024)
    assert read_edition(["2. Auflage", "Stand: Mai 2022"]) == EditionStatement(2, 2022)
    assert read_edition(["Stand: 2022", "Stand: 2023"]) == EditionStatement()


@pytest.mark.parametrize(("line", "number", "year"), [("2. Auflage, 2024", 2, 2024), ("1. Auflage, 2021", 1, 2021)])
def test_the_title_page_of_a_pdf_tells_its_edition(typeset: Callable[[str], Path], line: str, number: int, year: int) -> None:
    path = typeset(f'#text(size: 24pt)[*Gute Arbeit planen*]\n\nHandreichung\n\n#"{line}"\n\n#pagebreak()\n{SENTENCES}')
    known = describe(path, extract(path, DEFAULT_LIMITS), None).metadata
    assert (known.edition, known.year) == (number, year)


def test_a_sidecar_names_the_edition(typeset: Callable[[str], Path]) -> None:
    path = typeset(f"= Gute Arbeit\n\n{SENTENCES}")
    known = describe(path, extract(path, DEFAULT_LIMITS), b"Auflage: 4., neue Auflage").metadata
    assert known.edition == 4
