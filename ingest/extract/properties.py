"""What a file says about itself, brought to one form. Pure; nothing here judges whether it is true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ingest.clean import clean

Properties = dict[str, str | tuple[str, ...]]
DOI = re.compile(r"(?:^|doi:\s*|doi\.org/|\s)(10\.\d{4,9}/\S+?)[.,;]?(?=\s|$)", re.IGNORECASE)
URN = re.compile(r"\burn:(?!isbn:|uuid:)[a-z0-9][a-z0-9-]{1,31}:\S+", re.IGNORECASE)
ISBN = re.compile(r"(?<![\w-])(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx](?![\w-])")
MANY = frozenset({"authors", "keywords"})  # fields that hold several values
KEYWORD_BORDER = re.compile(r"\s*[;,\n]\s*")


def gather(candidates: Iterable[tuple[str, str | None]]) -> Properties:
    """Return field -> text from (field, text) pairs: the first text that says something; for authors and keywords all.

    One text for the authors stays a text, since it may name several of them ("A. Alt; B. Neu"): that is not decided here.
    The field "identifier" is sorted into "doi", "isbn" and "urn" by its form and left out otherwise.
    """
    found: Properties = {}
    lists: dict[str, list[str]] = {}
    for field, value in candidates:
        text = clean(" ".join((value or "").split()))
        if not text:
            continue
        if field == "identifier":
            for kind, identifier in sort_identifier(text).items():
                found.setdefault(kind, identifier)
        elif field == "keywords":
            lists.setdefault(field, []).extend(filter(None, KEYWORD_BORDER.split(text)))
        elif field in MANY:
            lists.setdefault(field, []).append(text)
        else:
            found.setdefault(field, text)
    for field, values in lists.items():
        several = tuple(dict.fromkeys(values))
        found[field] = several[0] if field == "authors" and len(several) == 1 else several
    return found


def sort_identifier(text: str) -> Mapping[str, str]:
    """Return {"doi" | "urn" | "isbn": identifier} for the one kind that `text` has the form of; empty for any other.

    >>> sort_identifier("https://doi.org/10.1000/182")
    {'doi': '10.1000/182'}
    """
    if match := DOI.search(text):
        return {"doi": match[1]}
    if match := URN.search(text):
        return {"urn": match[0]}
    if match := ISBN.search(re.sub(r"(?i)\burn:isbn:|\bisbn(?:-1[03])?[:\s]*", " ", text)):
        return {"isbn": match[0].strip()}
    return {}
