"""The controlled vocabulary."""

from __future__ import annotations

import re

from search_service.taxonomy import FIELDS, label_value, load_taxonomy, match_value


def test_the_five_collections_of_the_hub_are_there() -> None:
    assert load_taxonomy()["collection"] == {
        "praxisprojekte": "Pr@xisprojekte",
        "beratung": "Ch@nge Beratung",
        "wissen": "Ch@nge Wissen",
        "erfolg": "Ch@nge Erfolg",
        "lernreisen": "Lernreisen & Work Labs",
    }


def test_values_fit_into_addresses_and_labels_are_different() -> None:
    assert tuple(load_taxonomy()) == FIELDS
    for values in load_taxonomy().values():
        assert all(re.fullmatch(r"[a-z0-9_-]+", value) for value in values)
        assert len({label.casefold() for label in values.values()}) == len(values)


def test_every_value_and_every_label_names_its_value() -> None:
    for field, values in load_taxonomy().items():
        for value, label in values.items():
            assert match_value(field, value) == match_value(field, f" {label.upper()} ") == value
            assert label_value(field, value) == label


def test_what_the_vocabulary_does_not_know_stays_as_it_is() -> None:
    assert match_value("topic", "Raumfahrt") is None
    assert match_value("farbe", "rot") is None
    assert label_value("publisher", "Zukunfts-HUB") == "Zukunfts-HUB"
    assert label_value("topic", "raumfahrt") == "raumfahrt"
