"""How the corpus writes its words: the form to show for a normalized one. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search_service.german import find_words, load_stopwords, normalize, split_hyphens
from search_service.letters import fold

_HYPHENS = "-‐‑"
_WITHOUT_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
# Behind these a word begins with a capital whatever it is: the start of a text or line, the end of a sentence, a list's sign.
_OPENING = re.compile(r"(?:^|[.!?…:;\n•▪–—|/(])[\s„“”\"‚‘'»«()*_#>\d.]*$")
_LOOK_BACK = 6  # characters


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """How a word is written, and how often it occurs in any form."""

    text: str
    count: int


def learn_spellings(texts: Iterable[str]) -> dict[str, WrittenForm]:
    """Return for each normalized word of `texts` how it is mostly written there, in the order of the words.

    Where a sentence begins, a capital says nothing: such places count only for words that stand nowhere else; neither does
    a heading in capitals. The joined form of a hyphenated word ("itsicherheit") is a word as well, its parts are too.
    """
    inside: Counter[str] = Counter()
    opening: Counter[str] = Counter()
    for text in texts:
        for start, end in find_words(text):
            opens = text[start].isupper() and (_OPENING.search(text, max(start - _LOOK_BACK, 0), start) or start == 0)
            (opening if opens else inside)[text[start:end]] += 1
    forms: dict[str, dict[str, tuple[int, int]]] = {}
    for which, counter in enumerate((inside, opening)):
        for written, count in counter.items():
            for word, form in _words_in(written):
                known = forms.setdefault(word, {}).get(form, (0, 0))
                forms[word][form] = (known[0] + count, known[1]) if which == 0 else (known[0], known[1] + count)
    return {word: _choose(forms[word]) for word in sorted(forms)}


def encode_spellings(spellings: Mapping[str, WrittenForm]) -> bytes:
    """Return UTF-8 text, a line with word, written form and count for each."""
    return "\n".join(f"{word}\t{form.text}\t{form.count}" for word, form in spellings.items()).encode()


def decode_spellings(content: bytes) -> dict[str, WrittenForm]:
    """Return what `encode_spellings` wrote; raise ValueError if it is something else."""
    lines = (line.split("\t") for line in content.decode().split("\n") if line)
    return {word: WrittenForm(text, int(count)) for word, text, count in lines}


def _words_in(written: str) -> list[tuple[str, str]]:
    """Return the normalized words of one token with the form to show: those between hyphens, and all of them joined."""
    clean = unicodedata.normalize("NFC", written.translate(_WITHOUT_INVISIBLE)).strip(_HYPHENS)
    if clean.isalpha():
        word = normalize(clean)
        return [] if word in load_stopwords() else [(word, clean)]
    pieces = [(normalize(piece), piece) for piece in split_hyphens(clean)]
    pieces = [(word, piece) for word, piece in pieces if word.isalpha()]
    joined = "".join(split_hyphens(normalize(clean)))
    words = [(word, piece) for word, piece in pieces if word not in load_stopwords()]
    return [*words, (joined, clean)] if len(pieces) > 1 and joined.isalpha() else words


def _choose(forms: Mapping[str, tuple[int, int]]) -> WrittenForm:
    def rank(form: str) -> tuple[bool, int, int, bool, str]:
        inside, opening = forms[form]
        return not (len(form) > 4 and form.isupper()), inside, opening, form[:1].islower(), form

    return WrittenForm(max(forms, key=rank), sum(sum(counts) for counts in forms.values()))


def show_word(word: str, spellings: Mapping[str, WrittenForm]) -> str:
    """Return a normalized word as the corpus writes it; with its umlauts guessed if the corpus does not have it."""
    form = spellings.get(word)
    return form.text if form else fold(word)


def show_compound(pieces: Sequence[tuple[str, str]], spellings: Mapping[str, WrittenForm], is_noun: bool = False) -> str:
    """Return a compound from its parts as (normalized word, letters put behind it, such as "s"), written as one word.

    Unless `is_noun` says so, the last part decides on its capital: "Gesundheit" and "gerecht" make "gesundheitsgerecht".
    """
    shown = [show_word(word, spellings) for word, _ in pieces]
    text = ""
    for form, (_, link) in zip(shown, pieces, strict=True):
        stands_out = _has_inner_capital(form)  # "IT-Sicherheit", "DSGVO"
        text += ("-" if text and stands_out else "") + (form if stands_out else form.lower()) + link
    return text[:1].upper() + text[1:] if is_noun or shown[-1][:1].isupper() else text


def _has_inner_capital(form: str) -> bool:
    return any(letter.isupper() for letter in form[1:])
