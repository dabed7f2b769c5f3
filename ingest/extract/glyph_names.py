"""What glyphs spell by their names in a font, for fonts that do not say it in Unicode. Pure.

TeX writes such fonts: a ligature sits at a free code below 32 and is called "f_f_i". PDFium looks names up in Adobe's glyph
list, does not find this one, and returns the code. How names are made up:
https://github.com/adobe-type-tools/agl-specification.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Spellings = Mapping[str, Mapping[int, str]]  # a font's name without its subset's prefix -> code -> what its glyph spells

CONTROL = re.compile("[\x01\x03-\x08\x0e-\x1f]")  # without what PDFium writes itself: blanks, line ends, U+0002
LETTER, LIGATURE = r"[^\W\d_]", "[\x0e-\x1f]"
# Codes below U+000E are as often blanks or signs that touch a word, and codes in a row are no letters of a word.
INSIDE_WORD = re.compile(
    f"(?<={LETTER})[\x01\x03-\x08](?={LETTER})"
    f"|(?<={LETTER}){LIGATURE}(?!{CONTROL.pattern})|(?<!{CONTROL.pattern}){LIGATURE}(?={LETTER})"
)
UNKNOWN = "\ufffd"
SUBSET = re.compile(r"^[A-Z]{6}\+")
# Names without "_" that fonts give their ligatures; the first five are Adobe's.
LIGATURES = "ff fi fl ffi ffl fb ffb fh ffh fj ffj fk ffk ft fft tt tf ti tti ty ch ck ct st sp tz Qu Th"
NAMED = {name: name for name in LIGATURES.split()} | {
    "adieresis": "ä", "odieresis": "ö", "udieresis": "ü", "Adieresis": "Ä", "Odieresis": "Ö", "Udieresis": "Ü",
    "germandbls": "ß", "longs": "s", "dotlessi": "i", "dotlessj": "j", "eacute": "é", "egrave": "è", "agrave": "à",
    "hyphen": "-", "period": ".", "comma": ",", "quoteright": "’", "quotesingle": "'", "endash": "–", "emdash": "—",
    "lessmuch": "≪", "greatermuch": "≫", "angbracketleft": "⟨", "angbracketright": "⟩",
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
UNICODE_NAME = re.compile(r"uni((?:[0-9A-F]{4})+)|u([0-9A-F]{4,6})")
BUILT_IN = re.compile(rb"\bdup\s+(\d{1,3})\s*/([\w.]+)\s+put\b")


@dataclass(frozen=True, slots=True)
class Named:
    """A page's text with its unspelt glyphs named, still one character per glyph."""

    text: str
    rest: dict[int, str]  # index of a glyph -> the letters it spells after the one in the text
    unnamed: int  # glyphs inside words that no name tells


def spell_glyph(name: str) -> str:
    """Return what a glyph of that name spells ("f_f_i" is "ffi", "a.sc" is "a"); empty if the name does not tell."""
    parts = [_spell_part(part) for part in name.partition(".")[0].split("_")]
    return "".join(parts) if all(parts) else ""


def _spell_part(name: str) -> str:
    if len(name) == 1 and name.isalpha():
        return name
    if found := UNICODE_NAME.fullmatch(name):
        digits = found[1] or found[2]
        step = 4 if found[1] else len(digits)
        codes = [int(digits[start : start + step], 16) for start in range(0, len(digits), step)]
        spelt = "".join(chr(code) for code in codes if code <= 0x10FFFF)
        return spelt if spelt.isprintable() else ""  # neither controls nor surrogates nor private use
    return NAMED.get(name, "")


def read_differences(entries: Iterable[object]) -> dict[int, str]:
    """Return code -> what is spelt there, for control codes, of a PDF encoding's /Differences: numbers and names after them."""
    spelt: dict[int, str] = {}
    code = 0
    for entry in entries:
        if isinstance(entry, int):
            code = entry
            continue
        _note(spelt, code, str(entry).removeprefix("/"))
        code += 1
    return spelt


def read_built_in(program: bytes) -> dict[int, str]:
    """Return code -> what is spelt there, for control codes, of the encoding in a Type 1 font program."""
    spelt: dict[int, str] = {}
    for code, name in BUILT_IN.findall(program.partition(b"eexec")[0]):
        _note(spelt, int(code), name.decode("ascii", "replace"))
    return spelt


def _note(spelt: dict[int, str], code: int, name: str) -> None:
    if 0 < code < 0x20 and (text := spell_glyph(name)):
        spelt[code] = text


def merge_fonts(fonts: Iterable[tuple[str, Mapping[int, str]]]) -> dict[str, dict[int, str]]:
    """Return the fonts' spellings by their bare names; where two of one name disagree about a code, neither counts."""
    merged: dict[str, dict[int, str]] = {}
    for name, spelt in fonts:
        known = merged.setdefault(bare_name(name), {})
        for code, text in spelt.items():
            known[code] = text if known.get(code, text) == text else ""
    return merged


def bare_name(font: str) -> str:
    """Return a font's name without the prefix of its subset: "ABCDEF+Times" is "Times"."""
    return SUBSET.sub("", font.removeprefix("/"))


def name_glyphs(text: str, read_font: Callable[[int], str], read_names: Callable[[], Spellings]) -> Named:
    """Return `text`, one character per glyph, with control codes replaced by what the names of their glyphs spell.

    `read_font` gives the font's name of the glyph with that index. Codes without a name become U+FFFD inside words, so that
    the gap is seen; elsewhere they stay: bullets and signs of formulas.
    """
    if not CONTROL.search(text):
        return Named(text, {}, 0)
    names = read_names()
    letters, rest = list(text), {}
    for found in CONTROL.finditer(text):
        index = found.start()
        if spelt := names.get(bare_name(read_font(index)), {}).get(ord(found[0]), ""):
            letters[index] = spelt[0]
            if spelt[1:]:
                rest[index] = spelt[1:]
    text, unnamed = INSIDE_WORD.subn(UNKNOWN, "".join(letters))
    return Named(text, rest, unnamed)
