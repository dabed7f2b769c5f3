"""German words: how a text becomes terms. Ingest and query both use this one analysis, so they cannot disagree about a word.

A word is first normalized (case, ä/ae, ß/ss, ligatures), then stemmed: "Häuser", "HAEUSER" and "Haus" share the stem "haus".
A compound also has *parts*: the stems of the words that tile it, linking elements left out.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from Stemmer import Stemmer

MIN_PART = 4  # letters; shorter parts tile nearly every word ("an", "ein", "er")
MAX_PARTS = 4
MIN_COMPOUND = 2 * MIN_PART
# Letters; "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung" has 67. What is longer is not split and not
# remembered: 2,000 letters took 0.3 to 1.3 s and filled the caches with their pieces.
MAX_COMPOUND = 80
# Linking elements between the parts of a compound (Fugenelemente), Duden grammar; "-" is handled by the tokenizer.
LINKING_ELEMENTS = ("", "s", "n", "en", "es", "er", "e", "ens", "ns")

_ACCENTS = "\u0300-\u036f"  # combining: "u" and a diaeresis, as files from macOS spell "ü"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
# One number: "10.000", "10 000", "4.0", "3,5". A date is three: people ask for the year. Part of a longer number is none.
# Three-digit numbers in a row ("100 200 300") read as one: they look just like thousands with blanks, and questions and texts
# are read alike.
_DATE = r"\d{1,2}\.\d{1,2}\.\d{2,4}"
_NUMBER = (
    rf"(?=\d)(?<![\d.,])(?!{_DATE}(?!\d))"
    r"(?:\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)+)(?![^\W_]|[.,]\d)"
)
# "Nutzer:innen", "Nutzer*in", "Nutzer/-innen" are one word; "außen/innen" is not.
_GENDER = r"(?:(?<=[a-z])[:*_·]|(?<=[a-mo-z])[/\\]-?)in(?:nen)?(?![^\W_])"
_LETTERS = rf"[^\W_]+(?:[{_ACCENTS}{_INVISIBLE}]+[^\W_]+)*[{_ACCENTS}]*(?:{_GENDER})?"
_WORD = rf"(?:{_NUMBER}|(?<![^\W_])[a-z](?:\+\+|#)(?![^\W_])|{_LETTERS})"  # with "C++" and "C#"
_TOKEN = re.compile(rf"§{{1,2}}\s?\d+[a-z]?\b|{_WORD}(?:[-‐‑'’]{_WORD})*-?", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:([. ])\d{3})(?:\1\d{3})*(?:,\d+)?")
_SPELLING = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
# "ue" after a vowel or q is no umlaut: "neue", "bauen", "quelle". A wrong guess ("aktüll") is the same for all spellings.
_TWO_LETTER_UMLAUT = re.compile(r"ae|oe|(?<![aeiouyq])ue")
_PLURAL_S = re.compile(r"[aioy]s$")
_MIN_BEFORE_PLURAL_S = 5  # letters: "Kita|s"; "Maß" and "Eis" stay
_GENDER_ENDING = re.compile(_GENDER, re.IGNORECASE)
_ANY_CASE_UMLAUT = re.compile(_TWO_LETTER_UMLAUT.pattern, re.IGNORECASE)
_UMLAUT = {"ae": "ä", "oe": "ö", "ue": "ü"}
_HYPHENS = "-‐‑"
# What may stand between the parts of an enumeration that shares a half of a word.
_CONJUNCTIONS = "als auch beziehungsweise bis bzw noch o oder respektive resp sowie statt u und wie and or"
ENUMERATING = frozenset(_CONJUNCTIONS.split())
_LOOSE_GAP = re.compile(r"\.?[\s,/()&+]*")
_LOOSE_HYPHEN = re.compile(rf"[^\W_][{_HYPHENS}](?![^\W_])|(?<![^\W_])[{_HYPHENS}][^\W\d_]")
MAX_ENUMERATION = 12  # words from the shortened one to the whole one: "Tages-, Wochen-, Monats- sowie auch Jahresplanung"
# Verb particles and prefixes: "Ein- und Ausgabe" is "Eingabe und Ausgabe" although no part of them is a word.
_PREFIX_LIST = """
    ab an auf aus be bei durch ein ent er fort frei gegen her heraus herein herunter hin hinaus hinein hinter hinunter in mit
    nach nieder ober ueber um un unter ver vor voran voraus vorbei vorder weg weiter wieder zer zu zurueck zusammen zwischen
    """
# These begin nouns as well, so that known parts of the whole word go before: "Haupt- und Erwerbsberuf".
_NOUN_BEGINNINGS = ("aussen", "haupt", "innen", "neben")
_PREFIXES = tuple(sorted([*_PREFIX_LIST.split(), *_NOUN_BEGINNINGS], key=len, reverse=True))
_MIN_AFTER_PREFIX = 3  # letters
_SPLIT_MEMORY = 200_000  # words; questions come in without end, their words must not pile up


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text with its place."""

    word: str  # as `normalize` leaves it, white space made one blank
    start: int  # half-open character range in the text
    end: int


def normalize(text: str) -> str:
    """Return `text` in lower case, compatibility forms and spellings made one: "Grö\u00adße", "GROESSE" -> "groesse".

    Idempotent. Umlauts become two letters, as where a keyboard has none, because the reverse would turn "neue" into "neü".
    """
    for sign in _INVISIBLE:  # one by one: `str.translate` took ten times as long for a passage with umlauts
        text = text.replace(sign, "")
    folded = unicodedata.normalize("NFKC", text).casefold()
    for letter, spelled in _SPELLING.items():
        folded = folded.replace(letter, spelled)
    return unicodedata.normalize("NFKC", folded)  # an accent after "ß" meets another letter now


def tokenize(text: str) -> Iterator[Token]:
    """Yield the words of `text` in order. "§ 87", "10.000" and "C++" are one token, a hyphenated word with its hyphens, too."""
    for start, end in find_words(text):
        written = text[start:end]
        yield Token((_recall_token if len(written) <= MAX_COMPOUND else _normalize_token)(written), start, end)


def _normalize_token(written: str) -> str:
    return " ".join(normalize(written).split())


_recall_token = lru_cache(maxsize=100_000)(_normalize_token)


def find_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places (start, end) of the tokens of `text`, without working out how they read."""
    for match in _TOKEN.finditer(text):
        yield match.span()


def find_written_words(text: str) -> list[str]:
    """Return the tokens of `text` as they are written, in order."""
    return _TOKEN.findall(text)


def split_hyphens(word: str) -> list[str]:
    """Return the words joined by hyphens or apostrophes in `word`: "it-sicherheit" -> ["it", "sicherheit"].

    An ending for all genders is left out: "nutzer:innen" -> ["nutzer"].
    """
    return [part for part in re.split(r"[-‐‑'’]", _GENDER_ENDING.sub("", word)) if part]


def stem(word: str) -> str:
    """Return the Snowball stem of a normalized word; what is not all letters stays, spellings of one number made one.

    "§ 87" and "§§ 87" are "§87", "10.000" and "10 000" are "10000", "3,5" is "3.5".
    """
    return _recall_stem(word) if len(word) <= MAX_COMPOUND else _find_stem(word)


def _find_stem(word: str) -> str:
    if not word.isalpha():
        return _plain_number(word) if word[:1].isdecimal() else re.sub(r"\s|§(?=§)", "", word)
    # Snowball folds umlauts so that "häuser" meets "haus"; its own reading of "oe" stops at words such as "foerderung".
    stemmed: str = _stemmer().stemWord(_TWO_LETTER_UMLAUT.sub(lambda match: _UMLAUT[match.group()], word))
    # Plurals that Snowball leaves alone: "Azubis", "Büros", "Handys"; words such as "Praxis" lose it in all their forms.
    return stemmed[:-1] if len(stemmed) >= _MIN_BEFORE_PLURAL_S and _PLURAL_S.search(stemmed) else stemmed


_recall_stem = lru_cache(maxsize=200_000)(_find_stem)


def write_umlauts(word: str) -> str:
    """Return a word typed without umlauts as German likely writes it: "Gefaehrdung" -> "Gefährdung"; "neue" stays."""
    return _ANY_CASE_UMLAUT.sub(lambda match: _with_case_of(match[0], _UMLAUT[match[0].lower()]), word)


def _with_case_of(pair: str, umlaut: str) -> str:
    return umlaut.upper() if pair[0].isupper() else umlaut


def umlauts_of(word: str) -> str:
    """Return which of the vowels a, o, u in the stem of a normalized word are umlauts: "1" for "maengel", "0" for "mangel".

    Forms of one stem are comparable: "haus" and "hauses" have "00", "haeuser" has "10".
    """
    vowels = sum(vowel in "aou" for vowel in stem(word))
    written = _TWO_LETTER_UMLAUT.sub(lambda match: _UMLAUT[match.group()], word)
    return "".join("0" if letter in "aou" else "1" for letter in written if letter in "aouäöü")[:vowels]


def _plain_number(word: str) -> str:
    """Return a number without marks between its thousands and with a point before its fraction; another word as it is."""
    if _THOUSANDS.fullmatch(word):
        word = word.replace(".", "").replace(" ", "")
    return word.replace(",", ".").replace(" ", "")


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer:
    return Stemmer("german", 0)  # no cache of its own, ours holds the stems


@lru_cache(maxsize=1)
def load_stopwords() -> frozenset[str]:
    """Return the normalized German words that carry no meaning of their own in a question."""
    lines = files("search_service").joinpath("stopwords.txt").read_text("utf-8").splitlines()
    return frozenset(normalize(word) for line in lines if not line.startswith("#") for word in line.split())


class Splitter:
    """Splits compounds into parts that are words of a given vocabulary and tile the whole word."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """Take normalized words with how often each occurs; only words of letters with MIN_PART or more count."""
        self._frequency: dict[str, int] = {}
        for word, count in vocabulary.items():
            if len(word) >= MIN_PART and word.isalpha():
                self._frequency[word] = self._frequency.get(word, 0) + count
        self._stems: dict[str, int] = {}
        for word, count in self._frequency.items():
            key = stem(word)
            self._stems[key] = self._stems.get(key, 0) + count
        self._memory: dict[str, tuple[str, ...]] = {}

    def split(self, word: str) -> tuple[str, ...]:
        """Return the stems of the parts of a normalized word, in order; () if nothing tiles it, or it is over MAX_COMPOUND.

        Among several tilings the one with the highest geometric mean of part frequencies wins
        (Koehn & Knight, Empirical methods for compound splitting, EACL 2003).
        """
        if len(word) > MAX_COMPOUND:
            return ()
        parts = self._memory.get(word)
        if parts is None:
            if len(self._memory) >= _SPLIT_MEMORY:
                self._memory.clear()
            parts = self._memory[word] = self._find_parts(word)
        return parts

    def last_part(self, word: str) -> str:
        """Return the last part of a normalized word as it is written there, "" if nothing tiles the word."""
        parts = self.split(word)
        if not parts:
            return ""
        cuts = range(len(word) - MIN_PART, MIN_PART - 1, -1)
        return next((word[cut:] for cut in cuts if stem(word[cut:]) == parts[-1]), "")

    def _find_parts(self, word: str) -> tuple[str, ...]:
        if len(word) < MIN_COMPOUND or not word.isalpha():
            return ()
        best: tuple[float, tuple[str, ...]] = (0.0, ())
        for parts in self._tilings(word, MAX_PARTS):
            if len(parts) > 1:
                mean = math.exp(sum(math.log(self._stems.get(part, 1)) for part in parts) / len(parts))
                best = max(best, (mean, parts))
        return best[1]

    def _tilings(self, word: str, parts_left: int) -> Iterator[tuple[str, ...]]:
        if len(word) >= MIN_PART and (last := self._known_stem(word)):
            yield (last,)
        if parts_left == 1:
            return
        for cut in range(MIN_PART, len(word) - MIN_PART + 1):
            for first in self._part_stems(word[:cut]):
                for rest in self._tilings(word[cut:], parts_left - 1):
                    yield (first, *rest)

    def _part_stems(self, part: str) -> Iterable[str]:
        """Yield at most one stem for a part that is not the last, after taking off a linking element if need be."""
        for link in LINKING_ELEMENTS:
            if part.endswith(link) and (root := part.removesuffix(link)) in self._frequency:  # where no word is too short
                return (stem(root),)
        if (whole := part + "e") in self._frequency:  # Schul|buch from Schule, Miet|vertrag from Miete
            return (stem(whole),)
        known = self._known_stem(part)  # "Fachkräfte" in "Fachkräftemangel", where the texts have only "Fachkräften"
        return (known,) if known else ()

    def _known_stem(self, word: str) -> str | None:
        if word in self._frequency:
            return stem(word)
        key = stem(word)
        return key if key in self._stems and len(key) >= MIN_PART else None


@dataclass(frozen=True, slots=True)
class Shortened:
    """A word of an enumeration that leaves out the half it shares with a whole one: "Förder-" in "Förder- und Sachmittel"."""

    short: Token
    whole: Token
    is_beginning: bool  # whether the end is left out; else the beginning, as in "Textverarbeitung und -gestaltung"


def find_shortened(text: str) -> Iterator[Shortened]:
    """Yield the shortened words of `text` that an enumeration completes, in order of where that becomes known."""
    if not _LOOSE_HYPHEN.search(text):  # nearly every text: nothing to work out
        return
    waiting: list[Token] = []  # words with a hyphen at their end that look for a whole one
    whole: Token | None = None  # the whole word before, that those with a hyphen in front look back at
    end = length = 0
    is_conjunction = False
    for token in tokenize(text):
        gap = _LOOSE_GAP.fullmatch(text, end, token.start - _lacks_beginning(text, token))
        if gap is None or length == MAX_ENUMERATION or (gap[0][:1] == "." and not is_conjunction):  # "bzw." is no end
            waiting, whole = [], None
        end, length = token.end, length + 1
        is_conjunction = token.word in ENUMERATING
        if is_conjunction:
            continue
        if _lacks_beginning(text, token):
            if whole is not None:
                yield Shortened(token, whole, is_beginning=False)
            continue
        if token.word[-1] in _HYPHENS:
            waiting.append(token)
            length = length if len(waiting) > 1 else 0
            continue
        yield from (Shortened(short, token, is_beginning=True) for short in waiting)
        waiting, whole, length = [], token, 0


def _lacks_beginning(text: str, token: Token) -> bool:
    """Tell whether a hyphen stands right before the word and nothing before that: " -gestaltung", not "IT-Sicherheit"."""
    if token.start == 0 or text[token.start - 1] not in _HYPHENS:
        return False
    return (token.start == 1 or text[token.start - 2] in " \n\t\u00a0(/") and token.word[0].isalpha()


def complete(shortened: Shortened, splitter: Splitter) -> str:
    """Return the normalized word that is meant, without hyphens: "foerdermittel"; "" if the whole word has no such half."""
    pieces = split_hyphens(shortened.whole.word)
    short = "".join(split_hyphens(shortened.short.word))
    if not pieces or not short.isalpha():
        return ""
    if not shortened.is_beginning:
        first = "".join(pieces[:-1]) if len(pieces) > 1 else pieces[0].removesuffix(splitter.last_part(pieces[0]) or pieces[0])
        return first + short if first else ""
    end = pieces[-1] if len(pieces) > 1 else _shared_end(short, pieces[0], splitter)
    return short + end if end else ""


def _shared_end(short: str, whole: str, splitter: Splitter) -> str:
    """Return the end of `whole` that `short` shares: "angebote" of "beratungsangebote", "gabe" of "ausgabe" after "ein"."""
    prefix = next((prefix for prefix in _PREFIXES if whole.startswith(prefix)), "")
    rest = whole.removeprefix(prefix) if short in _PREFIXES and prefix else ""
    if len(rest) < _MIN_AFTER_PREFIX:
        return splitter.last_part(whole)
    return (splitter.last_part(whole) if short in _NOUN_BEGINNINGS else "") or rest


def make_word_matcher(stems: Iterable[str], splitter: Splitter, parts: Iterable[str] = ()) -> Callable[[str], bool]:
    """Return a function that says whether a word, as written in a text, has one of `stems` or holds it as a compound part.

    `parts` are stems of a question's compounds: a word counts that is one of them or holds two, so that "Fachkräftemangel"
    marks "Fachkräfte" and "Mangel", but not "Handschuhfach".

    Asked about an enumeration from a shortened word to the whole one ("Ein- und Ausgabe"), it answers for the word meant
    ("Eingabe").
    """
    wanted, partly = frozenset(stems), frozenset(parts)

    def is_wanted(piece: str, key: str) -> bool:
        held = splitter.split(piece)
        return key in wanted or key in partly or not wanted.isdisjoint(held) or len(partly.intersection(held)) > 1

    @cache  # a question meets the same words in every passage
    def matches(word: str) -> bool:
        for each in () if word.isalnum() else find_shortened(word):
            if each.short.start == 0 or each.short.end == len(word):
                return stem(complete(each, splitter)) in wanted
        read = _recall_pieces if len(word) <= MAX_COMPOUND else _read_pieces  # nobody's endless word fills the memory
        return any(is_wanted(piece, key) for piece, key in read(word))

    return matches


def _read_pieces(word: str) -> tuple[tuple[str, str], ...]:
    """Return the words joined by hyphens in a word as written, then all of them as one, each with its stem; no stop words."""
    pieces = split_hyphens(normalize(word))
    return tuple((piece, stem(piece)) for piece in dict.fromkeys([*pieces, "".join(pieces)]) if piece not in load_stopwords())


_recall_pieces = lru_cache(maxsize=100_000)(_read_pieces)
