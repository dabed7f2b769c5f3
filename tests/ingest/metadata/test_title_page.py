from __future__ import annotations

import pytest

from ingest.blocks import Block, BlockKind
from ingest.metadata.title_page import find_licenses, read_title_page

H, P, F = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.FOOTNOTE


def page(*texts: str, number: int = 1) -> list[Block]:
    return [Block(P, text, None, number) for text in texts]


def test_a_title_page_with_its_imprint() -> None:
    blocks = [
        Block(H, "Gute Schichtarbeit", 1, 1),
        *page("von Ada Lovelace, Grace Hopper und Dr. Emmy Noether", "Dortmund 2025"),
        *page(
            "Impressum",
            "Herausgeber: Institut für Arbeitsgestaltung e. V. Redaktion: Eva Muster Druck: Druckhaus Nord",
            "Friedrich-Ebert-Straße 3, 44137 Dortmund",
            "Dieses Werk steht unter der Lizenz Creative Commons Namensnennung – Weitergabe unter gleichen Bedingungen 4.0.",
            "ISBN 978-3-16-148410-0 · DOI 10.1000/schicht.2025",
            "URN: urn:nbn:de:101:1-201102033592",
            number=2,
        ),
        *page("Einleitung in den Gegenstand der Untersuchung", number=3),
        *page("Literaturhinweise finden sich am Ende", number=9),
    ]
    assert read_title_page(blocks) == {
        "title": "Gute Schichtarbeit",
        "year": 2025,
        "authors": ("Ada Lovelace", "Grace Hopper", "Dr. Emmy Noether"),
        "publisher": "Institut für Arbeitsgestaltung e. V.",
        "license": "CC BY-SA 4.0",
        "isbn": "9783161484100",
        "doi": "10.1000/schicht.2025",
        "urn": "urn:nbn:de:101:1-201102033592",
    }


@pytest.mark.parametrize(
    ("lines", "publisher"),
    [
        (("Herausgeber: Zukunfts-HUB Ruhr",), "Zukunfts-HUB Ruhr"),
        (("Herausgeberin", "Stiftung Gute Arbeit"), "Stiftung Gute Arbeit"),
        (("Hrsg. Stadt Dortmund, 44122 Dortmund",), "Stadt Dortmund"),
        (("Herausgegeben vom Bundesamt für Arbeit",), "Bundesamt für Arbeit"),
        (("Herausgeber: A-Stadt", "Herausgeber: B-Stadt"), None),
        (("Verlag und Herausgeber haften nicht für den Inhalt.",), None),
        (("Der Verlag ist für Druckfehler nicht verantwortlich",), None),
    ],
)
def test_a_publisher_stands_behind_its_label_and_nowhere_else(lines: tuple[str, ...], publisher: str | None) -> None:
    assert read_title_page(page(*lines, number=2)).get("publisher") == publisher


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        (("Autorinnen und Autoren: Ada Lovelace, Grace Hopper",), ("Ada Lovelace", "Grace Hopper")),
        (("Autor: Prof. Dr. Kurt Gödel",), ("Prof. Dr. Kurt Gödel",)),
        (("Verfasst von Ada Lovelace und Grace Hopper",), ("Ada Lovelace", "Grace Hopper")),
        (("Dr. Emmy Noether, Prof. Dr. Kurt Gödel",), ("Dr. Emmy Noether", "Prof. Dr. Kurt Gödel")),
        (("Redaktion Zukunfts-HUB",), None),
        (("Gute Arbeit, Neue Wege",), None),
        (("von Anfang an beteiligen",), None),
        (("Autoren: siehe Seite 3",), None),
        (("Autor: Ada Lovelace", "Autor: Grace Hopper"), None),
    ],
)
def test_people_are_named_only_where_it_is_sure(lines: tuple[str, ...], authors: tuple[str, ...] | None) -> None:
    assert read_title_page(page(*lines)).get("authors") == authors


@pytest.mark.parametrize(
    ("line", "licenses"),
    [
        ("Lizenz: CC BY 4.0", ["CC BY 4.0"]),
        ("cc-by-nc-sa 3.0 de", ["CC BY-NC-SA 3.0"]),
        ("https://creativecommons.org/licenses/by-nd/4.0/deed.de", ["CC BY-ND 4.0"]),
        ("Creative Commons Namensnennung 4.0 International", ["CC BY 4.0"]),
        ("CC0", ["CC0 1.0"]),
        ("Alle Rechte vorbehalten", []),
        ("ACC BYTE 4.0", []),
    ],
)
def test_creative_commons_licences_have_one_spelling(line: str, licenses: list[str]) -> None:
    assert list(find_licenses(line)) == licenses


def test_one_licence_named_twice_is_one_and_two_are_none() -> None:
    assert read_title_page(page("CC BY", "Lizenz: CC BY 4.0"))["license"] == "CC BY 4.0"
    assert "license" not in read_title_page(page("Text: CC BY 4.0", "Bilder: CC BY-NC 4.0"))


def test_identifiers_of_other_works_are_not_taken() -> None:
    foreign = [
        *page("Muster, E. (2019): Andere Arbeit. DOI: 10.1000/fremd", "Vgl. DOI 10.1000/fremd2", "Siehe 10.1000/fremd3"),
        Block(F, "DOI: 10.1000/fussnote", None, 1),
        Block(H, "Literatur", 1, 1),
        *page("DOI: 10.1000/liste"),
    ]
    assert "doi" not in read_title_page(foreign)
    two = page("DOI: 10.1000/eins", "DOI: 10.1000/zwei")
    assert "doi" not in read_title_page(two)


def test_the_last_page_counts_and_those_between_do_not() -> None:
    middle = [*page("Anfang"), *page("DOI: 10.1000/mitte", number=5), *page("Ende", number=9)]
    assert "doi" not in read_title_page(middle)
    assert read_title_page([*page("Anfang"), *page("DOI: 10.1000/ende", number=9)])["doi"] == "10.1000/ende"


def test_nothing_gives_nothing() -> None:
    assert read_title_page([]) == {}
