"""The wording of a question: what stands in quotes and must be found as written, and what is excluded by a hyphen. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from search_service.german import ENUMERATING, find_words, load_stopwords, normalize, split_hyphens, stem, tokenize

# „deutsch“ and „deutsch”, »deutsch«, «Schweiz», “English”, "typewriter"; the last only around words: 5" is a length in inches.
_QUOTED = r"""„[^„“”"]*(?:[“”]|"(?!\w))|“[^„“”]*[“”]|»[^»«]*«|«[^»«]*»|(?<!\w)"[^"]*"(?!\w)"""
# All up to the next white space but for signs at its end, so that nothing of "-Nutzer*innen" or "-C++" is left to be searched.
_EXCLUDED_WORD = r"(?:§{1,2}\s?\d|[^\W\d_])\S*(?<![.,;:!?…)\]}])"
_SPECIAL = re.compile(rf"(?<!\S)[-−](?P<excluded>{_QUOTED}|{_EXCLUDED_WORD})|(?P<phrase>{_QUOTED})", re.IGNORECASE)
_QUOTES = '„“”»«"'
_BEFORE = 40  # characters that tell an enumeration: the end of a word and "beziehungsweise"
_FLAT_WORD = re.compile(r"§|[^\W_]+(?:\+\+|#)?")


@dataclass(frozen=True, slots=True)
class Wording:
    """A question by what its signs say."""

    free: str  # for analysis and embedding: without quotes and exclusions, the words of phrases kept
    phrases: tuple[str, ...]  # as written, in order, each once; they must be found word for word
    excluded: tuple[str, ...]  # words and phrases as written, without hyphen and quotes, each once
    contradictions: tuple[str, ...]  # those of `excluded` that are asked for as well; the exclusion wins

    @property
    def has_words(self) -> bool:
        """Whether anything is asked: False if there are only exclusions or signs."""
        return next(find_words(self.free), None) is not None

    @property
    def has_telling_words(self) -> bool:
        """Whether a word is asked that the index knows words like: False if there are only stop words, too."""
        stopwords = load_stopwords()
        return any(piece not in stopwords for token in tokenize(self.free) for piece in split_hyphens(token.word))


def parse_wording(text: str) -> Wording:
    """Return the wording of a question.

    Quotes of any style make a phrase; without a partner they are plain signs. A hyphen at the start of a word excludes it
    ("-Leiharbeit", `-"zwei Wörter"`), not between words, before a number ("-5 Grad") or where an enumeration leaves out the
    first half of a word: after "und", "oder" and the like, and in small letters after a comma ("Textarbeit, -gestaltung").
    """
    kept: list[str] = []
    phrases: dict[str, str] = {}
    excluded: dict[str, str] = {}
    end = 0
    for match in _SPECIAL.finditer(text):
        if match["excluded"] and _is_enumerated(text, match):
            continue
        content = (match["excluded"] or match["phrase"]).strip(_QUOTES + " \t\n\u00a0")
        words = flatten(content)
        if words:
            (excluded if match["excluded"] else phrases).setdefault(words, content)
        kept += [text[end : match.start()], content if match["phrase"] else "", " "]
        end = match.end()
    kept.append(text[end:])
    free = " ".join("".join(kept).split())
    asked = {_stem_all(token.word) for token in tokenize(free)}
    running = flatten(free)
    contradictions = tuple(
        content
        for words, content in excluded.items()
        if is_phrase_in(words, running) or ((word := find_only_word(content)) and _stem_all(word) in asked)
    )
    return Wording(free, tuple(phrases.values()), tuple(excluded.values()), contradictions)


def write_wording(free: str, wording: Wording) -> str:
    """Return the question that asks for `free`, with the exclusions of `wording`."""
    return " ".join([free, *(f'-"{each}"' if " " in each else f"-{each}" for each in wording.excluded)])


def find_only_word(content: str) -> str:
    """Return the normalized word that an exclusion is: "Nutzer:innen", "IT-Sicherheit", "§ 87"; "" if it is several or none."""
    words = [token.word for token in tokenize(content)]
    return words[0] if len(words) == 1 else ""


def flatten(text: str) -> str:
    """Return the normalized words of `text` with one blank between them: what phrases are compared by.

    "IT-Sicher\u00adheit\\nfür" -> "it sicherheit fuer"; "§§ 87" -> "§ 87".
    """
    return " ".join(_FLAT_WORD.findall(normalize(text).replace("§§", "§")))


def is_phrase_in(words: str, text: str) -> bool:
    """Tell whether the words of a phrase stand side by side in a text, both as `flatten` leaves them."""
    return f" {words} " in f" {text} "


def _is_enumerated(text: str, match: re.Match[str]) -> bool:
    """Tell whether the hyphen stands for the half of a word that an enumeration leaves out."""
    if match["excluded"][0] in _QUOTES:
        return False
    before = text[max(match.start() - _BEFORE, 0) : match.start()].rstrip()
    if before.endswith((",", "/")):
        return match["excluded"][0].islower() and before[:-1].rstrip()[-1:].isalnum()
    words = before.split()
    return len(words) > 1 and normalize(words[-1]).removesuffix(".") in ENUMERATING


def _stem_all(word: str) -> str:
    return stem("".join(split_hyphens(word)))
