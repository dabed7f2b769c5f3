"""References after APA 7 in German, one case by hand for every shape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from search_service.bibliography.apa import MAX_AUTHORS, write_apa, write_reference, write_short
from search_service.bibliography.items import make_item, make_locator
from search_service.citations import PDF
from search_service.documents import Metadata, Page
from tests.search_service.bibliography.cited_works import PRINTED, STUDY, make_document, make_entry, make_passage

PLAIN = Metadata("Titel", authors=("Müller, Anna-Lena Maria",), year=2025, publisher="Zukunfts-HUB Ruhr")


def reference(metadata: Metadata) -> str:
    return write_reference(make_item(make_document(metadata)))


def test_a_study_with_everything():
    assert reference(STUDY) == (
        "Müller, A., Özdemir, B. & Institut Arbeit und Technik. (2025). Künstliche Intelligenz im Betrieb (2. Aufl.) [Studie]. "
        "Zukunfts-HUB Ruhr. https://doi.org/10.1000/xyz_1"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Müller, A.-L. M. (2025). Titel. Zukunfts-HUB Ruhr."),
        ({"year": None}, "Müller, A.-L. M. (o. J.). Titel. Zukunfts-HUB Ruhr."),
        ({"authors": ()}, "Zukunfts-HUB Ruhr. (2025). Titel."),
        ({"authors": ("Zukunfts-HUB Ruhr",)}, "Zukunfts-HUB Ruhr. (2025). Titel."),
        ({"authors": (), "publisher": None}, "Titel. (2025)."),
        ({"title": "Wer zahlt?"}, "Müller, A.-L. M. (2025). Wer zahlt? Zukunfts-HUB Ruhr."),
        ({"publisher": "Arbeit e. V."}, "Müller, A.-L. M. (2025). Titel. Arbeit e. V."),
        ({"source_url": "https://example.org/"}, "Müller, A.-L. M. (2025). Titel. Zukunfts-HUB Ruhr. https://example.org/"),
    ],
)
def test_what_is_not_known_is_left_out_without_a_gap(changes, expected):
    assert reference(replace(PLAIN, **changes)) == expected


def test_of_more_than_twenty_authors_nineteen_and_the_last_are_named():
    names = tuple(f"{chr(65 + number)}berg, Anna" for number in range(MAX_AUTHORS + 2))
    assert reference(replace(PLAIN, authors=names[:MAX_AUTHORS])).startswith("Aberg, A., Bberg, A.,")
    assert ", Sberg, A. & Tberg, A. (2025)" in reference(replace(PLAIN, authors=names[:MAX_AUTHORS]))
    assert ", Sberg, A., … Vberg, A. (2025)" in reference(replace(PLAIN, authors=names))


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        (("Müller, Anna",), "(Müller, 2025, S. 12–13)"),
        (("Müller, Anna", "Bernd Özdemir"), "(Müller & Özdemir, 2025, S. 12–13)"),
        (("Müller, Anna", "Bernd Özdemir", "C. Yıldız"), "(Müller et al., 2025, S. 12–13)"),
        ((), "(Zukunfts-HUB Ruhr, 2025, S. 12–13)"),
    ],
)
def test_the_short_citation_names_the_printed_page_alone(authors, expected):
    item = make_item(make_document(replace(PLAIN, authors=authors)))
    assert write_short(item, make_locator(make_passage(PRINTED), PDF)) == expected


def test_without_author_and_publisher_the_title_stands_in_the_text():
    assert write_short(make_item(make_document(Metadata("Glossar")))) == "(„Glossar“, o. J.)"


def test_a_list_has_each_work_with_its_short_citations():
    assert write_apa([make_entry(PLAIN, PRINTED, (Page(20),)), make_entry(Metadata("Glossar"))]) == (
        "Müller, A.-L. M. (2025). Titel. Zukunfts-HUB Ruhr.\n"
        "(Müller, 2025, S. 12–13); (Müller, 2025, PDF-Seite 20)\n"
        "\n"
        "Glossar. (o. J.).\n"
        "(„Glossar“, o. J.)\n"
    )
