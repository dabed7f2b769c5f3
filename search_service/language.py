"""The languages of the pages, and which of them a reader wants. Pure."""

from __future__ import annotations

from enum import StrEnum

LANGUAGE = "sprache"  # the parameter of an address, and the cookie that remembers it


class Language(StrEnum):
    """How the pages speak."""

    STANDARD = "standard"
    EASY = "einfach"


def choose_language(asked: str | None, remembered: str | None) -> Language:
    """Return the language an address asks for, or failing that the one chosen before; an unknown one counts as none."""
    return next((Language(value) for value in (asked, remembered) if value in set(Language)), Language.STANDARD)
