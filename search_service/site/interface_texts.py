"""What the pages say, in two languages: the standard one, and plain language for who switches to it. Pure but for reading."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from search_service.language import Language

Texts = Mapping[str, Mapping[str, str]]  # page -> name of the text -> text, plain, never HTML


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
