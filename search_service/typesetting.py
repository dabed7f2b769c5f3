"""How dates, numbers, sizes and titles are written in German. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

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
# A blank after these stays on its line ("§ 87", "S. 12", "Satz 2", "z. B."), and so does the one before a dash.
_STICKY = re.compile(r"(§|\b(?:S|Abs|Art|Nr|z|u|o|d)\.|\bSeiten?(?= (?:\d|[ivxlc]+\b))|\bSatz(?= \d)) (?=\S)| (?=[–·›])")
# A quotation of any style: „deutsch“, “English”, »deutsch«, «Schweiz», "typewriter".
_QUOTED = re.compile(r'„([^„“”"]+)[“”"]|“([^“”]+)[“”]|»([^»«]+)«|«([^»«]+)»|"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Heading:
    """A title by its weight."""

    main: str
    rest: str | None  # the subtitle with the dash before it; None without one


def german_date(day: date) -> str:
    """Return "3. Juli 2025"."""
    return f"{day.day}. {_MONTHS[day.month - 1]} {day.year}"


def german_time(moment: datetime) -> str:
    """Return "9:06 Uhr"."""
    return f"{moment.hour}:{moment.minute:02}{NO_BREAK}Uhr"


def german_month(day: date) -> str:
    """Return "Juli 2025"."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def german_number(number: int) -> str:
    """Return the number with a point between thousands: "12.345"."""
    return f"{number:,}".replace(",", ".")


def typeset(text: str) -> str:
    """Return a title or a short text with blanks that must not break made non-breaking: "S. 12", "§ 87", before a dash."""
    return _STICKY.sub(lambda match: (match[1] or "") + NO_BREAK, text)


def part_title(title: str) -> Heading:
    """Return a title parted at its first dash between blanks: "Cobots – Auswahl und Beteiligung"."""
    main, dash, rest = title.partition(" – ")
    return Heading(main, f"– {rest}") if dash and main.strip() and rest.strip() else Heading(title, None)


def shorten(text: str, longest: int) -> str:
    """Return `text` cut behind a word where it has more than `longest` characters, inside one where the last is very long."""
    if len(text) <= longest:
        return text
    cut = text[:longest]
    words = cut[: max(cut.rfind(" "), 0)].rstrip()
    return f"{words if len(words) > longest / 2 else cut} …"


def quote_words(text: str, longest: int) -> str:
    """Return somebody's words in quotes, cut to `longest` characters: "„mobile Arbeit“".

    Quotes inside become single ones, and those around the whole are not doubled.
    """
    shown = shorten(" ".join(text.split()), longest)
    whole = _QUOTED.fullmatch(shown)
    inner = _unquote(whole) if whole else _QUOTED.sub(lambda quoted: f"‚{_unquote(quoted)}‘", shown)
    return f"„{inner}“"


def _unquote(quoted: re.Match[str]) -> str:
    return next(words for words in quoted.groups() if words is not None).strip()


def tell_size(size: int) -> str:
    """Return the size in the unit a reader expects: "49 KB", "1,2 MB"."""
    return f"{max(1, round(size / 1000))} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB".replace(".", ",")
