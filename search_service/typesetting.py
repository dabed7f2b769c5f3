"""How dates, numbers, sizes and titles are written in German. Pure."""

from __future__ import annotations

import re
from datetime import date

NO_BREAK = "\u00a0"
_MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
# A blank after these stays on its line ("§ 87", "S. 12", "z. B."), and so does the one before a dash.
_STICKY = re.compile(r"(§|\b(?:S|Abs|Art|Nr|z|u|o|d)\.|\bSeiten?) (?=\S)| (?=[–·›])")


def german_date(day: date) -> str:
    """Return "3. Juli 2025"."""
    return f"{day.day}. {_MONTHS[day.month - 1]} {day.year}"


def german_number(number: int) -> str:
    """Return the number with a point between thousands: "12.345"."""
    return f"{number:,}".replace(",", ".")


def typeset(text: str) -> str:
    """Return a title or a short text with blanks that must not break made non-breaking: "S. 12", "§ 87", before a dash."""
    return _STICKY.sub(lambda match: (match[1] or "") + NO_BREAK, text)


def tell_size(size: int) -> str:
    """Return the size in the unit a reader expects: "49 KB", "1,2 MB"."""
    return f"{max(1, round(size / 1000))} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB".replace(".", ",")
