"""Identifiers of works: DOI, ISBN and URN:NBN, read out of a text and believed only where their check digits hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# Crossref, "DOIs and matching regular expressions" (2015): matches 99.3 % of its 74.9 million DOIs.
_DOI = re.compile(r"\b10\.\d{4,9}/[-._;()/:A-Z0-9<>\[\]]+", re.IGNORECASE)
_ISBN = re.compile(r"(?<![\d\-‐‑–])(?:97[89][\s\-‐‑–]?)?\d(?:[\s\-‐‑–]?\d){8}[\s\-‐‑–]?[\dXx](?![\w\-‐‑–]?\d)")
_ISBN_LABEL = re.compile(r"\bE?-?ISBN(?:-1[03])?\b", re.IGNORECASE)
_ISBN_REACH = 60  # characters after the label within which its number stands: "ISBN (Print, broschiert): 978-…"
_URN = re.compile(r"\burn:nbn:[a-z]{2}[a-z0-9:_./+\-]*[a-z0-9]", re.IGNORECASE)
_FILE_EDITION = re.compile(r"pdf|online|digital|e-?book|elektronisch|epub|e-?isbn", re.IGNORECASE)
_CHECKED_URNS = ("urn:nbn:de:", "urn:nbn:ch:")  # the countries whose national libraries prescribe the check digit

# Deutsche Nationalbibliothek, "URN-Strategie: Prüfziffernberechnung" (nbn:de): the number of each character.
_URN_NUMBERS = {str(digit): str(digit + 1) for digit in range(9)} | {
    "9": "41", "a": "18", "b": "14", "c": "19", "d": "15", "e": "16", "f": "21", "g": "22", "h": "23", "i": "24", "j": "25",
    "k": "42", "l": "26", "m": "27", "n": "13", "o": "28", "p": "29", "q": "31", "r": "12", "s": "32", "t": "33", "u": "11",
    "v": "34", "w": "35", "x": "36", "y": "37", "z": "38", "-": "39", ":": "17", "_": "43", "/": "45", ".": "47", "+": "49",
}  # fmt: skip


def read_doi(text: str) -> str | None:
    """Return the only DOI in `text` without its resolver, in lower case as DOIs are compared; None if none or several."""
    return _only({_trim(found) for found in _DOI.findall(text)})


def read_isbn(text: str) -> str | None:
    """Return the ISBN that `text` is or names as 13 digits; None if there is none with a right check digit, or several."""
    return _only(isbn for number in _ISBN.findall(text) if (isbn := _check_isbn(number)))


def read_urn(text: str) -> str | None:
    """Return the only URN:NBN in `text` in lower case; None if none, several or with a wrong check digit."""
    return _only(urn for found in _URN.findall(text) if is_sound_urn(urn := found.lower()))


def find_isbn(lines: Sequence[str]) -> str | None:
    """Return the ISBN printed in an imprint, where a label must stand before it; of several the one of the electronic edition.

    None if there is none, or if several are left that cannot be told apart.
    """
    printed: dict[str, bool] = {}
    for line in lines:
        labels = [*_ISBN_LABEL.finditer(line)]
        ends = [*(each.start() for each in labels), len(line)][1:]
        for label, end in zip(labels, ends, strict=False):  # a line without label still has its end
            for number in _ISBN.finditer(line, label.start(), min(end, label.end() + _ISBN_REACH)):
                if isbn := _check_isbn(number[0]):
                    around = line[label.start() : min(end, number.end() + 20)]
                    printed[isbn] = printed.get(isbn, False) or bool(_FILE_EDITION.search(around))
    electronic = [isbn for isbn, is_electronic in printed.items() if is_electronic]
    return _only(printed) or _only(electronic)


def is_sound_urn(urn: str) -> bool:
    """Tell whether the last digit of a URN:NBN is the one its other characters give; without the duty to have one it is."""
    if not urn.startswith(_CHECKED_URNS):
        return True
    if not urn[-1].isdecimal() or any(character not in _URN_NUMBERS for character in urn):
        return False
    digits = "".join(_URN_NUMBERS[character] for character in urn[:-1])
    total = sum(place * int(digit) for place, digit in enumerate(digits, start=1))
    return (total // int(digits[-1])) % 10 == int(urn[-1])  # no number ends in 0


def _check_isbn(number: str) -> str | None:
    """Return an ISBN as 13 digits, or None if its check digit is wrong (ISO 2108)."""
    digits = re.sub(r"[^\dXx]", "", number).upper()
    if len(digits) == 10:
        values = [10 if digit == "X" else int(digit) for digit in digits]
        if sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11:
            return None
        digits = f"978{digits[:9]}"
        return digits + str(-_weigh(digits) % 10)
    if len(digits) != 13 or not digits.isdecimal() or _weigh(digits) % 10:
        return None
    return digits


def _weigh(digits: str) -> int:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))


def _trim(doi: str) -> str:
    """Take off what belongs to the sentence: closing stops, and a bracket that was not opened inside."""
    doi = doi.lower()
    while doi:
        last = doi[-1]
        opening = {")": "(", "]": "[", ">": "<"}.get(last)
        if last not in ".,;:" and (opening is None or doi.count(last) <= doi.count(opening)):
            break
        doi = doi[:-1]
    return doi


def _only(values: Iterable[str]) -> str | None:
    found = list(dict.fromkeys(values))
    return found[0] if len(found) == 1 else None
