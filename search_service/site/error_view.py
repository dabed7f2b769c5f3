"""What an error page says, as flat data for its template. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search_service.language import Language
from search_service.problems import (
    ADDRESS_TOO_LONG,
    BUSY,
    DESK_CLOSED,
    INTERNAL,
    INVALID_QUERY,
    NOT_READY,
    SLOW_REQUEST,
    TOO_MANY_ATTEMPTS,
    TOO_MANY_REQUESTS,
    TOO_SLOW,
    Kind,
)

# What passes by itself: the same request may succeed a little later.
_PASSING = (NOT_READY, DESK_CLOSED, INTERNAL, BUSY, TOO_SLOW, SLOW_REQUEST, TOO_MANY_REQUESTS, TOO_MANY_ATTEMPTS)
# What lies in the question, which the reader can change.
_ASKED_WRONG = (INVALID_QUERY, ADDRESS_TOO_LONG)


@dataclass(frozen=True, slots=True)
class ErrorView:
    """An error for readers."""

    title: str
    told: tuple[str, ...]  # what happened and what to do now; at least one text
    again: str | None  # the address to try again; None where that would not help
    is_question_wrong: bool


def view_error(
    kind: Kind, detail: str, texts: Mapping[str, str], language: Language, *, here: str | None, seconds: str | None
) -> ErrorView:
    """Return the page of a problem.

    `detail` is what the error itself says, "" where it says nothing. `here` is the address that was asked for, None where it
    cannot be asked for again by a link. `seconds` says how long to wait, where that is known.
    """
    own = texts.get(kind.slug, "")
    told = [own, detail] if language is Language.EASY else [detail or own]
    if not any(told):
        told = [kind.detail]
    if seconds and kind in _PASSING:
        told.append(texts["wait"].format(seconds=seconds))
    return ErrorView(
        title=kind.title,
        told=tuple(filter(None, told)),
        again=here if kind in _PASSING else None,
        is_question_wrong=kind in _ASKED_WRONG,
    )
