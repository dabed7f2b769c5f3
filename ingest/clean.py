"""Repair of text as it comes out of files: pure, and idempotent (`clean(clean(t)) == clean(t)`)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)
# Hyphens that look like "-", and the private-use bullets of Word's Symbol and Wingdings fonts.
LOOKALIKES = str.maketrans({"\u2010": "-", "\u2011": "-"} | dict.fromkeys("\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf06e", "•"))
HYPHEN = "\x02\ufffe"  # PDFium writes a line-end hyphen as U+0002 (character API) or U+FFFE (text API)
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ud800-\udfff\ue000-\uf8ff\ufff0-\ufffb\uffff]")
CONTROL = re.compile("[\x00\x01\x03-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
SPACES = re.compile(r"[^\S\n]+")
BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
AFTER_VOWEL = re.compile("([aouAOU])[ \u00a0]?\u00a8(?![ ]?[aouAOU])|([aou])\u00a8")
BEFORE_VOWEL = re.compile("\u00a8[ ]?([aouAOU])")
OPENING = re.compile(r"„[^\S\n]+(?=\w)")
TORN = re.compile(rf"(\w+)[{HYPHEN}]\s*(\w+)")

# After a hyphen these words go on with an enumeration ("Förder- und Beratungsangebote"): the hyphen stays, with a space.
CONJUNCTIONS = frozenset(
    ["und", "oder", "bzw", "beziehungsweise", "sowie", "als", "wie", "noch", "bis", "statt", "u", "o", "and", "or"]
)
# Beginnings that do continue as one word although the rest looks like a conjunction ("so-wie", "den-noch").
BEFORE_CONJUNCTION = frozenset({"so", "den", "gleich", "eben", "viel", "sonst"})


def clean(text: str) -> str:
    """Return `text` without ligatures, split umlauts, soft hyphens, invisible characters and stray spaces.

    Line breaks stay (empty lines go); each line is stripped.
    """
    while (repaired := _clean_once(text)) != text:
        text = repaired
    return text


def _clean_once(text: str) -> str:
    text = BREAKS.sub("\n", text.translate(LIGATURES).translate(LOOKALIKES))
    text = TORN.sub(lambda match: join_torn(match[1], match[2]), INVISIBLE.sub("", CONTROL.sub("", text)))
    text = text.replace(HYPHEN[0], "-").replace(HYPHEN[1], "-")
    text = AFTER_VOWEL.sub(lambda match: (match[1] or match[2]) + "\u0308", text)
    text = BEFORE_VOWEL.sub("\\1\u0308", text)
    text = OPENING.sub("„", text)
    text = SPACES.sub(" ", unicodedata.normalize("NFC", text))
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def join_torn(left: str, right: str, known_words: Collection[str] = ()) -> str:
    """Return the two halves of a word torn at a line end, as one word or with the hyphen that belongs to it.

    `left` ends before the hyphen. `known_words` are words seen elsewhere in the same document, in lower case; they decide
    before the rules do.
    """
    head, tail = _last_part(left), _first_part(right)
    if tail.casefold() in CONJUNCTIONS and head.casefold() not in BEFORE_CONJUNCTION:
        return f"{left}- {right}"
    if f"{head}-{tail}".casefold() in known_words:
        return f"{left}-{right}"
    if (head + tail).casefold() in known_words:
        return left + right
    keeps = (
        not head[-1:].isalpha()  # "5-jährig", "Covid-19-Folgen"
        or not tail[:1].isalpha()
        or (
            tail[:1].isupper() and not (head.isupper() and tail.isupper() and len(head) > 3)
        )  # "IT-Sicherheit", not "FÖRDE-RUNG"
        or (head.isupper() and not tail.isupper())  # "IT-gestützt"
        or (len(head) == 1 and head.islower() and "-" in left)
    )
    return f"{left}-{right}" if keeps else left + right


def _last_part(text: str) -> str:
    return re.split(r"[^\w]", text)[-1]


def _first_part(text: str) -> str:
    return re.split(r"[^\w]", text, maxsplit=1)[0]


def join_lines(lines: Iterable[str], known_words: Collection[str] = ()) -> str:
    """Return hard-wrapped lines as one line, with words torn at a line end repaired."""
    joined = ""
    for line in filter(None, map(str.strip, lines)):
        if not joined:
            joined = line
            continue
        if joined[-1] == "\u00ad":
            joined = joined[:-1] + line
        elif joined[-1] in HYPHEN or (joined[-1] in "-\u2010" and joined[-2:-1].isalnum()):
            left, gap, last = joined[:-1].rpartition(" ")
            first, space, rest = line.partition(" ")
            joined = left + gap + join_torn(last, first, known_words) + space + rest
        else:
            joined = f"{joined} {line}"
    return joined
