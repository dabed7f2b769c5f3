"""Who runs the service, as its imprint, privacy page and accessibility statement must tell: read from a TOML file.

Nothing is made up: what the file does not say stays empty, and the pages name it as missing. What it says is checked for its
form alone. An entry nobody knows is an error, so that a misspelt one cannot be missing in silence.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from search_service.errors import InvalidSettings, name_os_error

MAX_CHARACTERS = 5_000  # of one entry: a page of print
MAX_ENTRIES = 50  # of one list
MAX_LOG_DAYS = 3_650  # ten years, the longest that German tax law keeps anything
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"\+?[0-9 ()/.–-]{5,30}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class Conformance(StrEnum):
    """How far the pages meet the accessibility standard, in the words of Implementing Decision (EU) 2018/1523."""

    FULL = "vollständig"
    PARTIAL = "teilweise"
    NONE = "nicht"


@dataclass(frozen=True, slots=True)
class Imprint:
    """What § 5 DDG asks for. Empty: not stated."""

    name: str = ""  # of the company, association or person
    legal_form: str = ""
    representatives: tuple[str, ...] = ()
    street: str = ""
    town: str = ""  # with the postcode
    mail: str = ""
    phone: str = ""
    register: str = ""  # the court or authority that keeps it
    register_number: str = ""
    vat_id: str = ""  # § 27a UStG
    responsible: str = ""  # § 18 Abs. 2 MStV: name and address
    paragraphs: tuple[str, ...] = ()  # whatever else must be said


@dataclass(frozen=True, slots=True)
class Privacy:
    """What Art. 13 GDPR asks for and only the operator knows. Empty or None: not stated."""

    legal_basis: str = ""
    data_protection_officer: str = ""
    supervisory_authority: str = ""
    hosting: str = ""  # whose machines the service runs on, if others'
    log_days: int | None = None  # how long the service's log is kept; 0: not at all
    server_logs: str = ""  # what a web server in front of the service records
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accessibility:
    """What the model accessibility statement asks for. Empty or None: not stated."""

    law: str = ""  # by which the operator is bound: it differs for public bodies and companies
    status: Conformance | None = None
    barriers: tuple[str, ...] = ()
    stated_on: date | None = None
    method: str = ""
    contact: str = ""
    enforcement: str = ""  # arbitration or supervising body
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator:
    """One table of the file for each page."""

    imprint: Imprint = Imprint()
    privacy: Privacy = Privacy()
    accessibility: Accessibility = Accessibility()


def load_operator(path: Path) -> Operator:
    """Return what the file at `path` states; raise InvalidSettings."""
    try:
        return parse_operator(path.read_text("utf-8"), path.name)
    except OSError as error:
        raise InvalidSettings(
            f"Die Datei mit den Angaben zum Betreiber „{path}“ kann nicht gelesen werden ({name_os_error(error)}). "
            "Bitte CHANGE_WISSEN_OPERATOR prüfen."
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"Die Datei „{path}“ ist kein UTF-8. Bitte als UTF-8 speichern.") from error


def parse_operator(text: str, name: str) -> Operator:
    """Return what the TOML `text` of the file `name` states; raise InvalidSettings with the entry and what to do."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"Zeile {line[1]} von „{name}“" if line else f"„{name}“"
        raise InvalidSettings(
            f'{where} ist kein gültiges TOML. Texte stehen in Anführungszeichen, etwa name = "…". Bitte berichtigen.'
        ) from error
    try:
        _refuse_unknown("Den Abschnitt", tables, [field.name for field in fields(Operator)])
        parts = {page: _read_table(page, kind, tables[page]) for page, kind in _TABLES.items() if page in tables}
    except ValueError as error:
        raise InvalidSettings(f"{name}: {error}") from None
    return Operator(**parts)


def _read_table(page: str, kind: type[Any], table: object) -> Any:
    """Return the dataclass `kind` filled from a table; raise ValueError, in German."""
    if not isinstance(table, dict):
        raise ValueError(f"„{page}“ muss ein Abschnitt sein. Bitte die Zeile durch [{page}] ersetzen.")
    known = {field.name: field.default for field in fields(kind)}
    _refuse_unknown(f"In [{page}] die Angabe", table, list(known))
    read = {name: _choose_reader(name, known[name])(f"{page}.{name}", value) for name, value in table.items()}
    filled = kind(**read)
    if isinstance(filled, Accessibility) and filled.status is Conformance.FULL and filled.barriers:
        raise ValueError(
            "„accessibility.status“ ist „vollständig“, und doch nennt „accessibility.barriers“ Barrieren. "
            "Bitte den Stand auf „teilweise“ setzen oder die Barrieren streichen."
        )
    return filled


def _refuse_unknown(what: str, given: Mapping[str, object], known: list[str]) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Gemeint ist vielleicht „{near[0]}“." if near else f"Bekannt sind: {', '.join(known)}."
            raise ValueError(f"{what} „{name[:40]}“ gibt es nicht. {hint}")


def _choose_reader(name: str, default: object) -> Callable[[str, object], object]:
    return _READERS.get(name, _read_list if isinstance(default, tuple) else _read_text)


def _read_text(place: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"„{place}“ muss ein Text in Anführungszeichen sein.")
    if len(value) > MAX_CHARACTERS:
        raise ValueError(f"„{place}“ hat mehr als {MAX_CHARACTERS} Zeichen. Bitte kürzen oder „paragraphs“ verwenden.")
    if _CONTROL.search(value):
        raise ValueError(f"„{place}“ enthält ein Steuerzeichen. Bitte den Text neu eintippen.")
    return value.strip()


def _read_list(place: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise ValueError(f'„{place}“ muss eine Liste von höchstens {MAX_ENTRIES} Texten sein: ["…", "…"].')
    return tuple(text for text in (_read_text(place, each) for each in value) if text)


def _read_mail(place: str, value: object) -> str:
    text = _read_text(place, value)
    if text and not _MAIL.fullmatch(text):
        raise ValueError(f"„{place}“ ist keine E-Mail-Adresse: „{text[:80]}“. Bitte nur die Adresse angeben.")
    return text


def _read_phone(place: str, value: object) -> str:
    text = _read_text(place, value)
    if text and not _PHONE.fullmatch(text):
        raise ValueError(f"„{place}“ ist keine Telefonnummer: „{text[:80]}“. Bitte nur die Nummer angeben.")
    return text


def _read_days(place: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_LOG_DAYS:
        raise ValueError(f"„{place}“ muss eine Zahl von Tagen zwischen 0 und {MAX_LOG_DAYS} sein, ohne Anführungszeichen.")
    return value


def _read_day(place: str, value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"„{place}“ muss ein Datum sein, ohne Anführungszeichen: 2026-03-31.")
    return value


def _read_status(place: str, value: object) -> Conformance | None:
    text = _read_text(place, value)
    if text and text not in set(Conformance):
        raise ValueError(f"„{place}“ kennt {', '.join(f'„{each}“' for each in Conformance)}, nicht „{text[:40]}“.")
    return Conformance(text) if text else None


_TABLES: Mapping[str, type[Any]] = MappingProxyType({"imprint": Imprint, "privacy": Privacy, "accessibility": Accessibility})
_READERS: Mapping[str, Callable[[str, object], object]] = MappingProxyType(
    {
        "mail": _read_mail,
        "phone": _read_phone,
        "log_days": _read_days,
        "stated_on": _read_day,
        "status": _read_status,
    }
)
