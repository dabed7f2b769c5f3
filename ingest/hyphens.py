"""Words torn at a line end: whether the hyphen goes, stays, or stays with a blank. Pure.

The document's own words decide first, rules about German spelling where it has none to compare.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import pairwise

HYPHEN = "\x02\ufffe"  # PDFium writes a line-end hyphen as U+0002 (character API) or U+FFFE (text API)
SOFT_HYPHEN = "\u00ad"
HARD_HYPHENS = "-\u2010\u2011"
WORD = re.compile(r"\w+(?:-\w+)*")

# After a hyphen these words go on with an enumeration ("Förder- und Beratungsangebote"): the hyphen stays, with a blank.
CONJUNCTION_LIST = "und oder bzw beziehungsweise respektive sowie als wie noch bis statt u o and or"
CONJUNCTIONS = frozenset(CONJUNCTION_LIST.split())
# Beginnings that do continue as one word although the rest looks like a conjunction ("so-wie", "Werk-statt").
BEFORE_CONJUNCTION = frozenset(
    ["so", "den", "gleich", "eben", "viel", "sonst", "an", "werk", "heim", "lager", "ruhe", "kür", "ehem", "niem", "oftm"]
)
# After a noun's part these go on with the sentence ("vom Spät- auf den Frühdienst"), unless they end one word ("dar-auf").
PREPOSITIONS = frozenset(["auf", "aus", "beim", "im", "mit", "nach", "vom", "von", "zum", "zur"])
BEFORE_PREPOSITION = frozenset(
    ["da", "dar", "dem", "her", "hier", "hin", "im", "so", "vor", "wo", "wor", "wohl", "zu", "berg", "um", "somit", "heil"]
)
SIGNS = frozenset({"&", "+", "/", "–"})
NEXT_WORD = re.compile(r"[(\[„\"»]*(\w+)\b(-\w)?")
ENDING = re.compile(r"\W+$")

# Initialisms with a vowel: set in capitals they could pass for a syllable ("IT-SICHERHEIT" beside "FÖRDE-RUNG"). The usual
# ones of German labour, digital and funding texts; those that are frequent syllables ("AR", "DE", "UN") are left out.
INITIALISM_LIST = """
    ag agb agg api asi baua bgb bibb bip csr ddr din dsgvo edv efre eg erp esf eu eugh faq gnu gui iab iao ilo iot ip iso it itk
    ki kita kmu nato oecd öpnv ocr pisa sap ui us usa usb usv ux vdi vob zim
    """
INITIALISMS = frozenset(INITIALISM_LIST.split())
VOWEL = re.compile("[aeiouyäöü]")
ADJECTIVE = re.compile(
    r"\w*(?:abhängig|artig|ähnlich|basiert|bezogen|fähig|förmig|frei|gesteuert|gestützt|intern|kompatibel|kompatibl|konform|"
    r"orientiert|spezifisch|typisch|übergreifend|weit|isch|lich)(?:e[mnrs]?)?"
)
# "hämolytisch-urämisches", "politisch-wirtschaftliche": two adjectives side by side, not "Schwierig-keiten".
FIRST_ADJECTIVE = re.compile(r"\w{3,}(?:isch|lich)|\w{5,}(?:iv|ell)")
SECOND_ADJECTIVE = re.compile(r"(?!keit|sprach|erweis)\w{4,}(?:isch|lich|ig|iv|ell|al)(?:e[mnrs]?)?")
# Names of files, packages, hosts and options, taken for such when a mark of theirs stands inside the torn word.
TECHNICAL = re.compile(r"[\\_=@~]|^\W*/|//|\w[.:]\w|^-{1,2}\w|\d[a-z]|[a-z]\d")
ADDRESS = re.compile(r"(?:https?://|ftp://|www\.)\S*$")


def collect_words(lines: Iterable[str]) -> frozenset[str]:
    """Return the words that no line end can have torn, as written, with the parts of hyphenated ones.

    "Open-Source-Projekt" gives itself, "Open-Source", "Source-Projekt", its three parts and the beginnings "Open-" and
    "Source-". The first word of a line is left out, and the last one before a hyphen.
    """
    words: set[str] = set()
    for line in lines:
        tokens = WORD.findall(line)
        is_torn = line.rstrip()[-1:] in {*HYPHEN, *HARD_HYPHENS, SOFT_HYPHEN}
        for token in tokens[1:-1] if is_torn else tokens[1:]:
            words.add(token)
            if "-" in token:
                parts = token.split("-")
                words.update(parts)
                words.update(f"{part}-" for part in parts[:-1])
                words.update(map("-".join, pairwise(parts)))
    return frozenset(word for word in words if len(word) > 1)


def join_torn(left: str, right: str, known_words: Collection[str] = ()) -> str:
    """Return the two halves of a word torn at a line end, as one word or with the hyphen that belongs to it.

    `left` ends before the hyphen. `known_words` are words seen elsewhere in the same document, as `collect_words` gives
    them; they decide before the rules do.
    """
    head, tail = _last_part(left), _first_part(right)
    is_known_whole = bool(tail) and _is_known(head + tail, known_words)
    if _goes_on(head, right) and not is_known_whole:
        return f"{left}- {right}"
    if tail and _is_known(f"{head}-{tail}", known_words):
        return f"{left}-{right}"
    if is_known_whole:
        return left + right
    return f"{left}-{right}" if _keeps_hyphen(left, right, known_words) else left + right


def _is_known(word: str, known_words: Collection[str]) -> bool:
    """Tell whether `word` was seen, be it at the beginning of a sentence or in a heading of capitals."""
    spellings = {word, word[:1].lower() + word[1:], word[:1].upper() + word[1:]}
    if word.isupper():
        spellings |= {word.lower(), word.capitalize()}
    return any(spelling in known_words for spelling in spellings)


def _goes_on(head: str, right: str) -> bool:
    """Tell whether an enumeration goes on after the hyphen: "und", "(oder", "&"."""
    if right in SIGNS:
        return True
    found = NEXT_WORD.match(right)
    if found is None or found[2]:  # "Walk-" and "and-Talk"
        return False
    if found[1] in PREPOSITIONS:
        return head[:1].isupper() and head.casefold() not in BEFORE_PREPOSITION
    return found[1].casefold() in CONJUNCTIONS and head.casefold() not in BEFORE_CONJUNCTION


def _keeps_hyphen(left: str, right: str, known_words: Collection[str]) -> bool:
    head, tail = _last_part(left), _first_part(right)
    if right.startswith("@"):
        return False
    if tail.casefold() in CONJUNCTIONS and right[len(tail) : len(tail) + 1] == "-":  # "Walk-and-Talk"
        return True
    if not head[-1:].isalpha() or not tail[:1].isalpha():  # "5-jährig", "Covid-19-Folgen", "Red Hat-/Slackware"
        return True
    if head.isupper() and tail.isupper() and len(head) > 1:
        return not _are_syllables(head, tail)
    if tail[0].isupper() or head.isupper():  # "IT-Sicherheit", "KI-gestützt"
        return True
    if len(head) == 1:  # "x-beliebig", but "und/o-der"
        return left[:-1].strip("(„\"»'") == "" or left[-2:-1] == "-"
    if f"{head}-" in known_words and ADJECTIVE.fullmatch(tail):  # "Unix-artig" where "Unix-Rechner" is written
        return True
    if FIRST_ADJECTIVE.fullmatch(head) and SECOND_ADJECTIVE.fullmatch(tail):
        return True
    return _is_made_up(ENDING.sub("", f"{left}-{right}"), _is_known(head, known_words) + _is_known(tail, known_words))


def _is_made_up(torn: str, known_halves: int) -> bool:
    """Tell whether the hyphen belongs to the name of a file, package, host or option, of which the document knows parts."""
    if TECHNICAL.search(torn):
        return known_halves > 0
    return torn.islower() and ("/" in torn or torn.count("-") > 1) and known_halves == 2


def _are_syllables(head: str, tail: str) -> bool:
    """Tell whether halves in capitals are one word ("FÖRDE-RUNG") and not a compound with an initialism ("IT-RECHT")."""
    if head.casefold() in INITIALISMS:
        return False
    return VOWEL.search(head.casefold()) is not None and VOWEL.search(tail.casefold()) is not None


def _last_part(text: str) -> str:
    return re.split(r"\W", text)[-1]


def _first_part(text: str) -> str:
    return re.split(r"\W", text, maxsplit=1)[0]


def join_lines(lines: Iterable[str], known_words: Collection[str] = ()) -> str:
    """Return hard-wrapped lines as one line, with words torn at a line end repaired.

    Lines may be joined one after another as well: `join_lines([join_lines([a, b]), c])` is `join_lines([a, b, c])`.
    """
    joined = ""
    for line in filter(None, map(str.strip, lines)):
        joined = _join_two(joined, line, known_words) if joined else line
    return joined


def _join_two(joined: str, line: str, known_words: Collection[str]) -> str:
    last = joined[-1]
    if last == SOFT_HYPHEN:
        return joined[:-1] + line
    if last in HYPHEN or (last in HARD_HYPHENS and joined[-2:-1].isalnum()):
        left, gap, torn = joined[:-1].rpartition(" ")
        first, space, rest = line.partition(" ")
        return left + gap + join_torn(torn, first, known_words) + space + rest
    return joined + line if _is_open(joined, line) else f"{joined} {line}"


def _is_open(joined: str, line: str) -> bool:
    """Tell whether the last word goes on without a hyphen: after a slash, a dash between figures, inside an address."""
    last, before = joined[-1], joined[-2:-1]
    if last == "/":
        return before.isalnum() or before in "/:"
    if last == "–":
        return before.isdigit() and line[0].isdigit()
    if last in "._=&?%#" and (found := ADDRESS.search(joined)) and len(found[0]) > 8:
        return line[0].islower() or (last != "." and line[0].isalnum())
    return False
