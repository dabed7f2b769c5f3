"""Keys: who may manage the knowledge base and, if the operator wants it, who may search. A key is shown once and never kept.

At rest there is only a key's SHA-256. A slow hash protects passwords, which people choose and machines guess; a key holds 256
random bits, and nobody tries 2^255 of them, however quick the hash.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from search_service.desk.database import Database, Row
from search_service.errors import DeskUnavailable, InvalidSettings, KeyRefused, NotFound
from search_service.typesetting import german_date

LOGGER = logging.getLogger(__name__)

_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 8  # 48 bits: told in lists and logs, not secret
_SECRET_LENGTH = 43  # 62^43 > 2^256
_KEY = re.compile(rf"cw_([A-Za-z0-9]{{{_ID_LENGTH}}})_[A-Za-z0-9]{{{_SECRET_LENGTH}}}")
_MAX_NAME = 100  # characters
_NOBODY = bytes(32)  # compared with where there is no such key, so that it takes as long


class Scope(StrEnum):
    """What a key opens. ADMIN includes SEARCH."""

    SEARCH = "search"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; the key itself is not."""

    id: str
    name: str  # whose it is, as the operator calls it
    scope: Scope
    created_at: datetime  # UTC
    last_used: date | None  # the day only: it says whether the key is still needed, not who works when
    expires: date | None  # its last day, UTC; None: never
    revoked_at: datetime | None  # UTC

    def opens(self, scope: Scope) -> bool:
        """Tell whether the key is for `scope`."""
        return self.scope in (scope, Scope.ADMIN)


class Keys:
    """The keys of a knowledge base. Safe between threads and processes; every method may raise DeskUnavailable."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def create(self, name: str, scope: Scope, expires: date | None = None) -> tuple[Key, str]:
        """Return a new key and its text, which is not kept and cannot be had again; raise InvalidSettings."""
        name = " ".join(name.split())
        if not name or len(name) > _MAX_NAME or not name.isprintable():
            raise InvalidSettings(
                f"Ein Schlüssel braucht einen Namen mit 1 bis {_MAX_NAME} Zeichen, z. B. „Portal“. Bitte einen angeben."
            )
        now = self._clock()
        if expires is not None and expires < now.date():
            raise InvalidSettings(f"Der {german_date(expires)} ist schon vorbei. Bitte ein späteres Ablaufdatum angeben.")
        key_id, secret = _draw(_ID_LENGTH), _draw(_SECRET_LENGTH)
        text = f"cw_{key_id}_{secret}"
        with self._database.writing() as connection:
            row = connection.execute(
                "INSERT INTO keys (id, name, scope, digest, created_at, expires) VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
                (key_id, name, scope, _digest(text), now.isoformat(), expires and expires.isoformat()),
            ).fetchone()
            return _read_key(row), text

    def list(self) -> Sequence[Key]:
        """Return all keys, the oldest first, revoked and expired ones too."""
        with self._database.reading() as connection:
            if connection is None:
                return []
            return [_read_key(row) for row in connection.execute("SELECT * FROM keys ORDER BY created_at, id")]

    def revoke(self, key_id: str) -> Key:
        """Let the key hold no longer, from this moment on, and return it; raise NotFound. A revoked key stays so."""
        with self._database.writing() as connection:
            row = connection.execute(
                "UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING *",
                (self._clock().isoformat(), key_id),
            ).fetchone()
            if row is None:
                raise NotFound(
                    f"Einen Schlüssel mit der Kennung „{key_id}“ gibt es nicht. „change-wissen keys list“ zeigt alle Kennungen."
                )
            return _read_key(row)

    def check(self, text: str) -> Key:
        """Return the key that `text` is; raise KeyRefused where it is none, or one that was revoked or has expired."""
        form = _KEY.fullmatch(text)
        if form is None:
            raise KeyRefused("Der Schlüssel ist unvollständig oder vertippt. Bitte ihn ganz kopieren.")
        with self._database.reading() as connection:
            query = "SELECT * FROM keys WHERE id = ?"
            row = connection.execute(query, (form[1],)).fetchone() if connection else None
        if not hmac.compare_digest(_digest(text), _NOBODY if row is None else row["digest"]) or row is None:
            raise KeyRefused("Der Schlüssel gilt nicht. Bitte prüfen, ob er vollständig und für diesen Dienst bestimmt ist.")
        return self._let_pass(_read_key(row))

    def check_again(self, key_id: str) -> Key:
        """Return the key that was shown before, if it holds still; raise KeyRefused where it was revoked or has expired."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM keys WHERE id = ?", (key_id,)).fetchone() if connection else None
        if row is None:
            raise KeyRefused("Den Schlüssel gibt es nicht mehr. Bitte beim Betreiber einen neuen anfordern.")
        return self._let_pass(_read_key(row))

    def _let_pass(self, key: Key) -> Key:
        today = self._clock().date()
        if key.revoked_at is not None:
            raise KeyRefused(f"Der Schlüssel „{key.name}“ ist gesperrt. Bitte beim Betreiber einen neuen anfordern.")
        if key.expires is not None and key.expires < today:
            raise KeyRefused(
                f"Der Schlüssel „{key.name}“ ist am {german_date(key.expires)} abgelaufen. "
                "Bitte beim Betreiber einen neuen anfordern."
            )
        if key.last_used != today:
            self._note_use(key.id, today)
        return key

    def _note_use(self, key_id: str, today: date) -> None:
        """Record the day; a desk that is busy or only readable must not keep anyone out."""
        try:
            with self._database.writing(patience=0.0) as connection:
                connection.execute("UPDATE keys SET last_used = ? WHERE id = ?", (today.isoformat(), key_id))
        except DeskUnavailable as error:
            LOGGER.debug("the use of key %s is not recorded: %s", key_id, error)


def _draw(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _read_key(row: Row) -> Key:
    return Key(
        id=row["id"],
        name=row["name"],
        scope=Scope(row["scope"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        last_used=None if row["last_used"] is None else date.fromisoformat(row["last_used"]),
        expires=None if row["expires"] is None else date.fromisoformat(row["expires"]),
        revoked_at=None if row["revoked_at"] is None else datetime.fromisoformat(row["revoked_at"]),
    )
