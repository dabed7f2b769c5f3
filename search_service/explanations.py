"""Why a hit was found and how likely it fits, told in plain German from the values of the channels. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from search_service.hits import Hit

MOST_WORDS = 6  # named in an explanation; 96 of 100 hits measured below hold at most one more

# How values are named, best first. The embedded model's cosines lie in a narrow band, so that names must be relative: the
# borders are the upper tenth, third and two thirds of the 2,470 hits on the first pages of 246 questions to our own corpus.
# In brackets the share of those hits whose document is judged relevant. With another model the values stay true and the
# adverbs lose their meaning.
Scale = tuple[tuple[float, str], ...]
MEANING: Scale = (
    (0.881, "passt sehr gut"),  # (92 %)
    (0.857, "passt gut"),  # (58 %)
    (0.839, "passt teilweise"),  # (28 %)
    (-1.0, "passt kaum"),  # (11 %)
)
WORD_BY_WORD: Scale = (
    (0.513, "passt die Stelle sehr gut"),  # (90 %)
    (0.410, "passt die Stelle gut"),  # (53 %)
    (0.332, "passt die Stelle teilweise"),  # (32 %)
    (-1.0, "passt die Stelle kaum"),  # (11 %)
)
# A relevance is a share of hits that answer (see `relevance`), so that its borders need no measuring: four of five, every
# second, every fifth. Judged relevant of the same hits: 91, 59, 41 and 13 %.
RELEVANCE: Scale = (
    (0.8, "sehr wahrscheinlich passend"),
    (0.5, "wahrscheinlich passend"),
    (0.2, "vielleicht passend"),
    (0.0, "eher nicht passend"),
)


def explain_hit(hit: Hit) -> str:
    """Return German sentences about a hit: the words it holds, how near its meaning is, and how likely it answers.

    Only the relevance is told as a number: the others have scales of their own, and no reader knows three.
    """
    told = (_tell_words(hit), _tell_meaning(hit), _tell_rescoring(hit), _tell_relevance(hit.relevance))
    return " ".join(sentence for sentence in told if sentence)


def name_relevance(relevance: float) -> str:
    """Return a relevance of 0..1 in words that may stand inside a sentence: "wahrscheinlich passend"."""
    return _name(relevance, RELEVANCE)


def format_value(value: float) -> str:
    """Return a value as German readers write it, with two digits after the comma: "0,87"."""
    return f"{value:.2f}".replace(".", ",")


def join_quoted(words: Sequence[str]) -> str:
    """Return words in quotes as an enumeration: "„A“, „B“ und „C“"."""
    quoted = [f"„{word}“" for word in words]
    return " und ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _tell_words(hit: Hit) -> str:
    """Return which words stand in the passage; "" where words took no part."""
    explanation = hit.explanation
    spelled: dict[str, str] = {}
    for word in explanation.words:
        spelled.setdefault(word.casefold(), word)
    words = list(spelled.values())
    if len(words) > MOST_WORDS + 1:  # "and one more" is no shorter than the word itself
        named = ", ".join(f"„{word}“" for word in words[:MOST_WORDS])
        return f"Enthält {named} und {len(words) - MOST_WORDS} weitere Wörter zur Frage."
    if words:
        return f"Enthält {join_quoted(words)}."
    if explanation.lexical is None:
        return ""
    if explanation.lexical > 0:
        return "Ihre Wörter stehen nicht in der Textstelle, aber in den Überschriften oder anderswo im Dokument."
    return "Keines Ihrer Wörter steht in der Textstelle."


def _tell_meaning(hit: Hit) -> str:
    cosine = hit.explanation.semantic
    if not cosine:  # 0: the passage was taken in while the model was missing and has no vector yet
        return "Die Bedeutung wurde nicht verglichen."
    return f"Die Bedeutung {_name(cosine, MEANING)}."


def _tell_rescoring(hit: Hit) -> str:
    value = hit.explanation.rescoring
    if value is None or not hit.explanation.semantic:
        return ""
    return f"Wort für Wort {_name(value, WORD_BY_WORD)}."


def _tell_relevance(relevance: float) -> str:
    name = name_relevance(relevance)
    return f"Alles zusammen: {name} ({_format_share(relevance)})."


def _format_share(share: float) -> str:
    """Return a chance without the ends, which no estimate reaches: never "1,00" or "0,00"."""
    if share >= 0.995:
        return "über 0,99"
    return "unter 0,01" if share < 0.005 else format_value(share)


def _name(value: float, scale: Scale) -> str:
    return next((name for least, name in scale if value >= least), scale[-1][1])
