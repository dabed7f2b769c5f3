"""Repair of text as it comes out of files: pure, and idempotent (`clean(clean(t)) == clean(t)`)."""

from __future__ import annotations

import re

from ingest.characters import mend_characters
from ingest.hyphens import HYPHEN, join_torn
from ingest.spacing import mend_spacing

SPACES = re.compile(r"[^\S\n]+")
ODD_SPACE = re.compile(r"[^\S\n ]")
TORN = re.compile(rf"(\w+)[{HYPHEN}]\s*(\w+)")


def clean(text: str) -> str:
    """Return `text` without ligatures, split umlauts, soft hyphens, invisible characters, stray and missing blanks.

    Line breaks stay (empty lines go); each line is stripped.
    """
    while (repaired := _clean_once(text)) != text:
        text = repaired
    return text


def _clean_once(text: str) -> str:
    text = mend_characters(text)
    if HYPHEN[0] in text or HYPHEN[1] in text:
        text = TORN.sub(lambda match: join_torn(match[1], match[2]), text)
        text = text.replace(HYPHEN[0], "-").replace(HYPHEN[1], "-")
    text = mend_spacing(text)
    if "  " in text or "\n" in text or text != text.strip() or ODD_SPACE.search(text):
        text = "\n".join(line.strip() for line in SPACES.sub(" ", text).split("\n") if line.strip())
    return text
