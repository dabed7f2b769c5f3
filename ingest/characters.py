"""Characters that files get wrong: ligatures, split umlauts, invisible marks, mis-read encodings. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Compatibility characters that say nothing beyond their plain spelling. Left as they are: superscripts and footnote marks,
# fractions, circled figures and "…", which do.
PLAIN_RANGES = (
    (0x0149, 0x0149),
    (0x017F, 0x017F),  # long s
    (0x2103, 0x2103),  # °C
    (0x2160, 0x217F),  # Roman numerals
    (0x3371, 0x33DF),  # units in one cell: ㎝, ㎏
    (0xFB00, 0xFB06),  # ligatures
    (0xFB50, 0xFDFB),  # Arabic as PDFs shape it
    (0xFE70, 0xFEFC),
    (0xFF01, 0xFF5E),  # full width
    (0x1D400, 0x1D7FF),  # letters of formulas
)
EXPONENTS = {"㎡": "m²", "㎥": "m³", "㎠": "cm²", "㎤": "cm³", "㎢": "km²", "㎣": "mm³", "㎟": "mm²", "㎦": "km³"}
BULLETS = "\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf06e"  # of Word's Symbol and Wingdings fonts, in the private use area
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ud800-\udfff\ue000-\uf8ff\ufff0-\ufffb\uffff]")
CONTROL = re.compile("[\x00\x01\x03-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
AFTER_VOWEL = re.compile("([aouAOU])[ \u00a0]?\u00a8(?![ ]?[aouAOU])|([aou])\u00a8")
BEFORE_VOWEL = re.compile("\u00a8[ ]?([aouAOU])")
# What German text consists of; a text without anything else needs none of these repairs.
UNUSUAL = re.compile(
    "[^\n\t -~\u00a0-\u00a7\u00a9-\u00ac\u00ae-\u00c1\u00c4-\u00e1\u00e3-\u0148\u2013\u2014\u2018-\u201e\u2022\u2026\u20ac]"
)
MISREAD = "äöüßÄÖÜéèêáóçñ–—„“”’‚‘…€§°²³«»•©®½"  # what is looked for as UTF-8 read in the wrong encoding


def _plain() -> Iterator[tuple[int, str]]:
    for first, last in PLAIN_RANGES:
        for code in range(first, last + 1):
            plain = EXPONENTS.get(chr(code)) or unicodedata.normalize("NFKC", chr(code))
            if plain.strip() and not unicodedata.combining(plain[0]):
                yield code, plain


def _misread() -> Iterator[tuple[str, str]]:
    for character in MISREAD:
        for encoding in ("cp1252", "latin-1"):
            try:
                yield character.encode().decode(encoding), character
            except UnicodeDecodeError:  # cp1252 leaves five bytes unassigned
                continue


PLAIN = str.maketrans(dict(_plain()) | {"\u2010": "-", "\u2011": "-"} | dict.fromkeys(BULLETS, "•"))
UNREAD = dict(_misread())
MOJIBAKE = re.compile("|".join(map(re.escape, sorted(UNREAD, key=len, reverse=True))))


def mend_characters(text: str) -> str:
    """Return `text` in composed form, with plain letters for look-alikes and without invisible characters.

    Line ends become "\\n". PDFium's marks of torn words, U+0002 and U+FFFE, stay.
    """
    if not UNUSUAL.search(text):
        return text
    text = MOJIBAKE.sub(lambda match: UNREAD[match[0]], text)
    text = INVISIBLE.sub("", CONTROL.sub("", BREAKS.sub("\n", text.translate(PLAIN))))
    text = AFTER_VOWEL.sub(lambda match: (match[1] or match[2]) + "\u0308", text)
    text = BEFORE_VOWEL.sub("\\1\u0308", text)
    return unicodedata.normalize("NFC", text)
