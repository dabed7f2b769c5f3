"""What the pages say, in two languages: the standard one, and plain language for who switches to it. Pure but for reading."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType

Texts = Mapping[str, Mapping[str, str]]  # page -> name of the text -> text, plain, never HTML


class Language(StrEnum):
    """How the pages speak."""

    STANDARD = "standard"
    EASY = "einfach"


def choose_language(asked: str | None, remembered: str | None) -> Language:
    """Return the language an address asks for, or failing that the one chosen before; an unknown one counts as none."""
    return next((Language(value) for value in (asked, remembered) if value in set(Language)), Language.STANDARD)


def load_texts() -> Mapping[Language, Texts]:
    """Return all texts; each page's stand in a file of its name, each text in every language."""
    tables = {
        path.name.removesuffix(".toml"): tomllib.loads(path.read_text("utf-8"))
        for path in files("search_service.site").joinpath("texts").iterdir()
        if path.name.endswith(".toml")
    }
    return MappingProxyType(
        {
            language: {page: {name: text[language] for name, text in table.items()} for page, table in tables.items()}
            for language in Language
        }
    )
