"""Blanks that files put in the wrong place or leave out: letter-spaced and glued words, blanks at marks and brackets. Pure.

Every rule is kept to what cannot be meant: names such as "iPhone", "GmbH", "Node.js" or "InDesign" and addresses stay.
"""

from __future__ import annotations

import re

from ingest.sentences import STARTERS

LETTER = r"[^\W\d_]"
SPACED_LINE = re.compile(rf"(?<!\S){LETTER} {LETTER} {LETTER} {LETTER}(?!\w)")
SPACED = re.compile(rf"(?<!\S){LETTER}(?: {LETTER})+(?![^\s.,;:!?)\]“”])")
MIN_SPACED = 4  # letters; fewer are initials, variables or the columns of a table
MIN_VOWELS = 0.25  # of the letters; German words have about 0.38, the axes "x y z a b c u v w" 0.22
VOWEL = re.compile("[aeiouyäöü]", re.IGNORECASE)
NEW_WORD = re.compile("(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
WORD_CASE = re.compile("[A-ZÄÖÜ]?[a-zäöüß]+|[A-ZÄÖÜ]+")

# Small words that are glued to the noun after them. "in", "an", "am" and "so" are left out: names of programs begin so.
SMALL_WORDS = (
    "als auf aus bei beim das dem den der des die durch ein eine einem einen einer eines für im ins ist mit nach oder sind "
    "über um und unter vom von vor wie wird zum zur"
)
GLUED_NOUN = re.compile(
    rf"(?<![^\s(„\"])((?:{'|'.join(SMALL_WORDS.split())}))(?=[A-ZÄÖÜ][a-zäöüß]{{3,}}(?:[\s,;:!?)“”\"]|\.?$|\.\s))"
)
GLUED_SENTENCE = re.compile(r"(?<![^\s(„\"])([(„\"]?[A-Za-zÄÖÜäöüß-]*[a-zäöüß]{3}[.!?])([A-ZÄÖÜ][a-zäöüß]+)(?=\s)")

BEFORE_COMMA = re.compile(rf"(?<={LETTER}{LETTER}|{LETTER}[-)\]“”»«]|\d[)%€]) (?=[,;](?:\s|$))", re.MULTILINE)
BEFORE_END = re.compile(rf"(?<={LETTER}{LETTER}{LETTER}|{LETTER}{LETTER}[)“”]) (?=\.(?:$| [A-ZÄÖÜ„])|[!?]$)", re.MULTILINE)
BEFORE_COLON = re.compile(rf"(?<={LETTER}{LETTER}{LETTER}) (?=:(?:$| [A-ZÄÖÜ„]))", re.MULTILINE)
OPENED = re.compile(r"\([^\S\n]+(?=[\w„\"])")
CLOSED = re.compile(r"(?<=\w|[.!?…%“”])[^\S\n]+\)")
QUOTED = re.compile(r"„[^\S\n]+(?=\w)")
UNQUOTED = re.compile(r"(„[^„“”\n]*[^\s„“”])[^\S\n]+(?=[“”](?:[\s.,;:!?)]|$))", re.MULTILINE)


def mend_spacing(text: str) -> str:
    """Return `text` with misplaced blanks mended. Double blanks must still be there: they tell letter-spaced words apart."""
    if SPACED_LINE.search(text):
        text = "\n".join(map(_close_up, text.split("\n")))
    text = GLUED_NOUN.sub("\\1 ", text)
    text = GLUED_SENTENCE.sub(_part_sentences, text)
    if " ," in text or " ;" in text:
        text = BEFORE_COMMA.sub("", text)
    if " ." in text or " !" in text or " ?" in text:
        text = BEFORE_END.sub("", text)
    if " :" in text:
        text = BEFORE_COLON.sub("", text)
    if "(" in text or ")" in text:
        text = CLOSED.sub(")", OPENED.sub("(", text))
    return UNQUOTED.sub("\\1", QUOTED.sub("„", text)) if "„" in text else text


def _close_up(line: str) -> str:
    """Join the letter-spaced words of a line: "B e t r i e b s r a t", and short ones beside it if double blanks part them."""
    if not any(_read_spaced(match[0]) for match in SPACED.finditer(line)):
        return line

    def join(match: re.Match[str]) -> str:
        is_apart = line[: match.start()].strip() == "" or line[: match.start()].endswith("  ")
        is_apart &= line[match.end() :].strip() == "" or line[match.end() :].startswith("  ")
        return _read_spaced(match[0]) or (match[0].replace(" ", "") if is_apart else match[0])

    return SPACED.sub(join, line)


def _read_spaced(spaced: str) -> str:
    """Return the word or words that letters with blanks between them spell, "" if they are letters in their own right."""
    letters = spaced.replace(" ", "")
    if len(letters) < MIN_SPACED or len(VOWEL.findall(letters)) < MIN_VOWELS * len(letters):
        return ""
    words = [letters] if letters.isupper() else NEW_WORD.split(letters)
    if not all(len(word) > 1 and WORD_CASE.fullmatch(word) for word in words) or max(map(len, words)) < MIN_SPACED:
        return ""
    folded = letters.casefold()
    if list(folded) == sorted(folded) or len(set(folded)) < 3:  # "a b c d", "A A B B"
        return ""
    return " ".join(words)


def _part_sentences(match: re.Match[str]) -> str:
    before, after = match[1], match[2]
    return f"{before} {after}" if after.lower() in STARTERS else match[0]
