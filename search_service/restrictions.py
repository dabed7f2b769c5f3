"""What the signs of a question demand: passages with the phrases in quotes and without what is excluded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search_service.fusion import Rows
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.postings import PassageFields
from search_service.wording import Wording, find_only_word

MOST_SIGNS = 8  # phrases and exclusions: each may have every passage read that has its words
MOST_NAMED = 3  # of those that are not looked at, in the notice


@dataclass(frozen=True, slots=True)
class Restriction:
    """Which passages may answer."""

    rows: Rows | None  # ascending; None: all
    notices: tuple[str, ...]  # German sentences about what was asked for and could not be done as meant


def restrict(generation: Generation, wording: Wording) -> Restriction:
    """Return what the phrases and exclusions of a question leave of a generation; at most MOST_SIGNS of them are looked at."""
    phrases = wording.phrases[:MOST_SIGNS]
    excluded = wording.excluded[: MOST_SIGNS - len(phrases)]
    rows, notices = _find_phrases(generation, phrases)
    if excluded:
        without = [_find_excluded(generation, each, rows) for each in excluded]
        everything = np.arange(generation.manifest.passages, dtype=np.int64) if rows is None else rows
        rows = np.setdiff1d(everything, np.concatenate(without), assume_unique=False)
    notices += [
        f"„{word}“ ist gesucht und zugleich ausgeschlossen. Es gilt der Ausschluss; für die Suche bitte den Strich weglassen."
        for word in wording.contradictions
        if word in excluded
    ]
    if left := [*wording.phrases[len(phrases) :], *wording.excluded[len(excluded) :]]:
        notices.append(_tell_left(left))
    return Restriction(rows, tuple(notices))


def read_fields(generation: Generation, row: int) -> PassageFields:
    """Return the text of a passage by field, as it was indexed."""
    return generation.fields(row)


def _find_phrases(generation: Generation, phrases: Sequence[str]) -> tuple[Rows | None, list[str]]:
    """Return the passages that hold all phrases, None for all, and what is to be said about them."""
    masks = {phrase: generation.lexical.find_phrase_candidates(phrase) for phrase in phrases}
    known = [phrase for phrase, mask in masks.items() if mask is not None]
    empty = [phrase for phrase, mask in masks.items() if mask is None]
    notices = [f"„{phrase}“ besteht nur aus Füllwörtern und wird nicht als Wortfolge gesucht." for phrase in empty]
    if not known:
        return None, notices
    rows = generation.lexical.find_phrase_rows(known, generation.fields)
    if len(rows):
        return rows, notices
    absent = known if len(known) == 1 else [phrase for phrase in known if not np.any(masks[phrase])]
    notices += [
        f"Die Wortfolge „{phrase}“ steht in keinem Text. Ohne Anführungszeichen wird freier gesucht." for phrase in absent
    ]
    if not absent:
        notices.append("Keine Textstelle enthält alle Wortfolgen zugleich. Bitte eine davon weglassen.")
    return rows, notices


def _find_excluded(generation: Generation, excluded: str, among: Rows | None) -> Rows:
    if find_only_word(excluded):
        return generation.lexical.find_word_rows(excluded)
    return generation.lexical.find_phrase_rows([excluded], generation.fields, among)


def _tell_left(left: Sequence[str]) -> str:
    named = ", ".join(f"„{each}“" for each in left[:MOST_NAMED])
    more = f" und {len(left) - MOST_NAMED} weitere" if len(left) > MOST_NAMED else ""
    return (
        f"Höchstens {MOST_SIGNS} Wortfolgen und Ausschlüsse werden beachtet. Nicht beachtet: {named}{more}."
        " Bitte die Frage kürzen."
    )
