"""Umlauts and ß typed as two letters, written as German writes them: the model knows no other spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping

from search_service.german import normalize, write_umlauts
from search_service.written_forms import WrittenForm

_UMLAUTS = frozenset("äöüßÄÖÜẞ")
_LETTERS = re.compile(r"[^\W\d_]+")
_ABBREVIATION = re.compile(r"\b[A-ZÄÖÜ]{1,5}-[A-ZÄÖÜ]{1,6}\b")


def restore_umlauts(text: str, spellings: Mapping[str, WrittenForm]) -> str:
    """Return `text` with "Gefaehrdung" as "Gefährdung" and "Strasse" as "Straße", and "DS-GVO" as the corpus has it.

    A text with any umlaut or ß keeps its letters.

    A word of the corpus is written as `spellings` has it. In others "ae", "oe" and "ue" become umlauts where German mostly
    has them: not in "neue" or "Quelle", but also in "Goethe", which the model gets over.
    """
    text = _ABBREVIATION.sub(lambda match: _restore_abbreviation(match[0], spellings), text)
    if not _UMLAUTS.isdisjoint(text):
        return text
    return _LETTERS.sub(lambda match: _restore_word(match[0], spellings), text)


def _restore_abbreviation(written: str, spellings: Mapping[str, WrittenForm]) -> str:
    known = spellings.get(normalize(written).replace("-", ""))
    return written if known is None else known.text


def _restore_word(word: str, spellings: Mapping[str, WrittenForm]) -> str:
    known = spellings.get(normalize(word))
    if known is None:
        return write_umlauts(word)
    if len(known.text) == len(word) or not known.text.isalpha():  # nothing to restore; "Tour-Abbruch" is another writing
        return word
    return known.text[:1].upper() + known.text[1:] if word[0].isupper() else known.text
