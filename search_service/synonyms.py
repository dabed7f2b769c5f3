"""Synonyms: which other words mean the same as a word of a question, from a file that an editor keeps.

A line holds words that may stand for each other, parted by commas; `a => b, c` goes one way only: who asks for a also finds
b and c. An entry may have several words. What follows `#` is a comment. Looked up when a question comes in, never when texts
are indexed, so that a change of the file needs no new index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from search_service.errors import InvalidSettings, name_os_error
from search_service.german import normalize, split_hyphens, stem, tokenize

ARROW = "=>"
MAX_WORDS = 6  # of one entry: "allgemeine Regeln zur Nutzung von Software" is a sentence, not a name
_FORM = "Erwartet werden Wörter, die dasselbe meinen, durch Kommas getrennt („Azubi, Lehrling“), oder „Wort => Wort, Wort“."

Key = tuple[str, ...]  # the stems of an entry's words; a hyphenated word is one


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """Entries and what stands for them."""

    alternatives: Mapping[Key, tuple[str, ...]]  # the other entries as the file writes them, in its order
    longest: int  # words of the longest entry that has alternatives


NO_SYNONYMS = Thesaurus(MappingProxyType({}), 0)


def make_key(text: str) -> Key:
    """Return what entries are compared by: "DS-GVO" and "DSGVO" are equal, as are "mobile Arbeit" and "mobiles Arbeiten"."""
    return tuple(join_stem(token.word) for token in tokenize(text))


def join_stem(word: str) -> str:
    """Return the stem of a normalized word written without its hyphens."""
    return stem("".join(split_hyphens(word)))


def parse_synonyms(text: str, name: str) -> Thesaurus:
    """Return the thesaurus written in `text`; raise InvalidSettings with the line, calling the file `name`."""
    found: dict[Key, dict[Key, str]] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        try:
            for asked, alternative in _read_line(content):
                key, other = make_key(asked), make_key(alternative)
                if key != other:
                    found.setdefault(key, {}).setdefault(other, alternative)
        except ValueError as error:
            raise InvalidSettings(f"In „{name}“, Zeile {number}: {error} Bitte die Zeile berichtigen oder löschen.") from None
    alternatives = {key: tuple(others.values()) for key, others in found.items()}
    return Thesaurus(alternatives, max(map(len, alternatives), default=0))


def read_synonyms(path: Path) -> Thesaurus:
    """Return the thesaurus in a file of an operator's; raise InvalidSettings if it cannot be read."""
    try:
        return parse_synonyms(path.read_text("utf-8"), path.name)
    except OSError as error:
        raise InvalidSettings(
            f"Die Synonymdatei „{path}“ lässt sich nicht lesen ({name_os_error(error)}). Bitte den Pfad prüfen."
        ) from error
    except UnicodeDecodeError:
        raise InvalidSettings(f"Die Synonymdatei „{path}“ ist kein UTF-8. Bitte als UTF-8 speichern.") from None


def load_synonyms() -> Thesaurus:
    """Return the thesaurus that comes with the product."""
    return parse_synonyms(files("search_service").joinpath("synonyms.txt").read_text("utf-8"), "synonyms.txt")


def _read_line(content: str) -> Iterator[tuple[str, str]]:
    """Yield (asked, found as well) for a line; raise ValueError, in German, if it says nothing of the kind."""
    left, arrow, right = content.partition(ARROW)
    asked = _read_entries(left)
    others = _read_entries(right) if arrow else asked
    if not arrow and len(asked) < 2:
        raise ValueError(f"„{content}“ steht allein. {_FORM}")
    yield from ((each, other) for each in asked for other in others)


def _read_entries(text: str) -> Sequence[str]:
    entries = [" ".join(entry.split()) for entry in text.split(",")]
    for entry in entries:
        words = len(make_key(entry))
        if not words:
            raise ValueError(f"Zwischen zwei Trennzeichen fehlt ein Wort. {_FORM}")
        if words > MAX_WORDS:
            raise ValueError(f"„{entry}“ hat mehr als {MAX_WORDS} Wörter.")
        if any(sign in normalize(entry) for sign in (ARROW, ";", "=")):
            raise ValueError(f"„{entry}“ enthält ein Zeichen, das hier nicht stehen kann. {_FORM}")
    return entries
