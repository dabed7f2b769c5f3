"""The controlled vocabulary of metadata: values with their German labels, from `taxonomy.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

FIELDS = ("collection", "type", "sector", "topic", "audience")
# Field of the metadata -> vocabulary it takes its values from.
VOCABULARY_OF = {"type": "type", "collection": "collection", "sectors": "sector", "topics": "topic", "audience": "audience"}


@cache
def load_taxonomy() -> dict[str, dict[str, str]]:
    """Return field -> value -> German label, in the order of the file."""
    return tomllib.loads(files("search_service").joinpath("taxonomy.toml").read_text("utf-8"))


def label_value(field: str, value: str) -> str:
    """Return the German label of `value`, or the value itself if the vocabulary does not know it."""
    return load_taxonomy().get(field, {}).get(value, value)


def match_value(field: str, text: str) -> str | None:
    """Return the value whose name or German label is `text` (case does not matter), or None."""
    wanted = text.strip().casefold()
    for value, label in load_taxonomy().get(field, {}).items():
        if wanted in (value.casefold(), label.casefold()):
            return value
    return None
