"""What the text of a document suggests about it, in readers' words: told in reports and on pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from search_service.documents import Suggestion
from search_service.taxonomy import VOCABULARY_OF, label_value

FIELD_TITLES = {"type": "Art", "sectors": "Branche", "topics": "Thema"}
_LEAD = "Vorschläge aus dem Text – "
_ADVICE = "Sie gelten erst, wenn jemand sie übernimmt: in der Pflege beim Dokument oder in der Begleitdatei."
_TOLD = re.compile(rf" ?{re.escape(_LEAD)}.*?{re.escape(_ADVICE)}", re.DOTALL)


def name_suggestions(suggestions: Sequence[Suggestion]) -> str:
    """Return "Art: Förderung (68 %) · Thema: Digitale Prozesse (78 %)"; "" without suggestions."""
    shown = []
    for field in dict.fromkeys(each.field for each in suggestions):
        of_field = [each for each in suggestions if each.field == field]
        labels = (f"{label_value(VOCABULARY_OF[field], each.value)} ({round(100 * each.confidence)} %)" for each in of_field)
        shown.append(f"{FIELD_TITLES[field]}: {', '.join(labels)}")
    return " · ".join(shown)


def tell_suggestions(suggestions: Sequence[Suggestion]) -> Iterator[str]:
    """Yield one German sentence that names the suggestions and how to accept them; nothing without suggestions."""
    if suggestions:
        yield f"{_LEAD}{name_suggestions(suggestions)}. {_ADVICE}"


def leave_out_suggestions(text: str) -> str:
    """Return `text` without what `tell_suggestions` has put into it: for a page that shows those that stand now."""
    return _TOLD.sub("", text).strip()
