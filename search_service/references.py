"""References to statutes: a section and the law it belongs to, read as a pair. Pure.

"§ 87 Abs. 1 Nr. 6 BetrVG", "§§ 87, 99 BetrVG" and "BetrVG § 87" name the pair "§87 betrvg", "Art. 6 DS-GVO" names "art6 dsgvo".
As a term of its own such a pair finds the passage on this section of this law before one that has both far apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from search_service.german import normalize, stem

_NUMBER = r"\d+[a-z]?"
# A law is a short name that begins and ends with a capital ("BetrVG", "DS-GVO", "VOB/B"), or a long one that says what it is.
_SHORT_LAW = r"(?i:SGB)[ \u00a0]?(?i:[IVX]+)\b|[A-ZÄÖÜ](?:[^\W\d_]|[-/](?=[A-ZÄÖÜ])){0,28}[A-ZÄÖÜ]"
_LONG_LAW = r"[A-ZÄÖÜ](?:[^\W\d_]|-(?=[A-ZÄÖÜ])){0,60}?(?:gesetz(?:es|buch(?:e?s)?)?|[Vv]erordnung)"
_PIECE = re.compile(
    rf"""
    (?P<sign>§{{1,2}})\s?(?P<section>{_NUMBER})\b
    | \b[Aa]rt(?:\.|ikel[ns]?)?\s?(?P<article>{_NUMBER})\b
    | \b(?i:Abs(?:atz|ätze|\.)?|Satz|Sätze|S\.|Nrn?\.?|Nummern?|Hs\.|Halbsatz|Alt\.|Unterabs(?:atz|\.)|lit\.|Buchst(?:abe|\.))
        \s?(?:[\dIVX]+[a-z]?|[a-z])\b(?P<subdivision>(?:\s?(?:,|und|u\.|bis|oder|–|-)\s?(?:\d+[a-z]?|[a-z])\b(?!\w))*)
    | \b(?P<law>{_LONG_LAW}|{_SHORT_LAW})\b(?!-\w)
    | \b(?P<number>{_NUMBER})\b
    | (?P<filler>\b(?:ff?|und|u|bis|oder|sowie|i\.\s?V\.\s?m|de[rs]|dem|in|Verbindung|mit|nach)\b\.?|[\s,/()–-]+)
    | (?P<word>[^\W\d_]+)
    | (?P<stop>\S)
    """,
    re.VERBOSE,
)
_SIGN = re.compile(r"§|\b[Aa]rt(?:\.|ikel[ns]?)?\s?\d")
_LETTERS = re.compile(r"[^\W_]+")
_ROMAN = re.compile(r"[IVXLCDM]+")
_LAW_BEFORE = 80  # characters in which to look for it: "Betriebsverfassungsgesetz, § 87"
_NEAR = 4  # characters between a law and the section after it: "BetrVG (§ 87)"
# "Paragraph 87", "Paragrafen 87 und 99", as people say it.
_SPOKEN = re.compile(r"\b[Pp]aragra(?:f|ph)(?:en|s)?\s+(?=\d)")
MAX_SECTIONS = 20  # of one law in one breath; a longer list is a table of contents


@dataclass(frozen=True, slots=True)
class Reference:
    """A section of a law as a text names it."""

    section: str  # "§87", "art6"
    law: str  # stem of its name without hyphens and blanks: "betrvg", "sgbix", "betriebsverfassungsgesetz"

    @property
    def key(self) -> str:
        """The pair as one term."""
        return f"{self.section} {self.law}"


def write_section_signs(text: str) -> str:
    """Return `text` with "Paragraph 87" as "§ 87"."""
    return _SPOKEN.sub("§ ", text)


def find_references(text: str, *, any_law: bool = False) -> Iterator[Reference]:
    """Yield the references of `text` whose law is named with them, in order; a section without a law is none.

    With `any_law` every word after a section is taken for a law, as in a question typed in small letters: "§ 87 betrvg".
    """
    position = 0
    for sign in _SIGN.finditer(text):
        if sign.start() >= position:
            found, position = _read_from(text, max(position, sign.start() - _LAW_BEFORE), sign.start(), any_law)
            yield from found


def _read_from(text: str, start: int, sign: int, any_law: bool) -> tuple[list[Reference], int]:
    """Return the references from `start` until no section waits for its law after the `sign`, and where that is."""
    found: list[Reference] = []
    waiting: list[str] = []  # sections that look for the law after them
    law, law_end, kind = "", -1, ""
    for piece in _PIECE.finditer(text, start):
        name = piece["law"] or (piece["word"] if any_law else None)
        section = _name_section(piece, kind if waiting else "")
        if section:
            kind = "art" if section.startswith("art") else "§"
            if law and piece.start() - law_end <= _NEAR and not waiting:
                found.append(Reference(section, law))
            elif len(waiting) < MAX_SECTIONS:
                waiting.append(section)
        elif name and not _ROMAN.fullmatch(name):
            law, law_end = _name_law(name), piece.end()
            found += [Reference(each, law) for each in waiting]
            law, waiting = "" if waiting else law, []  # a law names the sections before it or those after it
        elif piece["stop"] or piece["word"]:
            waiting = []
        if piece.start() >= sign and not waiting:
            return found, piece.end()
    return found, len(text)


def _name_section(piece: re.Match[str], kind: str) -> str:
    """Return the section that a piece names, "" if none; a bare number continues a list of sections of `kind`."""
    if piece["section"]:
        return f"§{piece['section'].casefold()}"
    if piece["article"]:
        return f"art{piece['article'].casefold()}"
    return f"{kind}{piece['number'].casefold()}" if piece["number"] and kind else ""


def _name_law(name: str) -> str:
    return stem("".join(_LETTERS.findall(normalize(name))))
