"""Gaps: words of questions that nothing answered, so that editors learn what is missing, and nobody learns who asked what.

What is never written down: a question, a combination of words, an address, a time of day. A question is taken apart into its
content words before anything else happens, and which words stood together is forgotten at once. Words with digits (telephone
and customer numbers, dates), very short and very long ones are left out.

A word is shown once it has been asked on K distinct days, or by K distinct clients on one day. Both are lower bounds of how
often it was a different occasion or person: who asks again and again counts once a day, and persons behind one address count
as one. Clients of different days are never added up, because they could be the same.

- Clients are told apart by a keyed hash of their address. The key is drawn anew each day and lives in this process's memory
  alone, and so do the hashes: after midnight, or a restart, not even the operator can link a client to an earlier one. What
  reaches the disk of them is a number from 1 to K. A restart forgets today's clients, so the number errs on the low side.
- Below K a word lies on the disk as a keyed hash (BLAKE2b, 128 bits) only. Its readable form is written when the K-th
  distinct day or client asks it, out of that very question. The key lies in a file of its own, `gaps.key`, so that the
  database alone, as in a copy sent to somebody for help, gives nothing away. Who has both files can test guesses ("did
  anyone ask for this name?"): hashing a word cannot prevent that, and this is why
- rows below K vanish 90 days after they were last asked, and shown ones after a year. Without its key file the counting
  begins anew, and the old rows vanish in time.

The readable form is one word in small letters, which those K occasions have in common but for its ending. When a word was last
asked is told by month only.

Counting is never in the way: words are gathered in memory, bounded, and written once a minute by a thread of its own. A folder
that is only readable is told of once in the log, and searching goes on.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from search_service.desk.database import Connection, Database
from search_service.errors import DeskUnavailable
from search_service.german import find_words, load_stopwords, normalize, stem

LOGGER = logging.getLogger(__name__)

K = 5  # distinct days, or distinct clients of one day, from which a word is shown: it is then nobody's own (k-anonymity)
HIDDEN_DAYS = 90
SHOWN_DAYS = 365
GAPS_KEY = "gaps.key"
MAX_WORDS = 12  # of one question; longer ones are mostly pasted texts
MAX_ROWS = 50_000  # below K; the ones asked longest ago give way: nobody fills the disk with invented words
_LENGTHS = range(3, 41)  # letters of a word worth telling
_MAX_PENDING = 10_000  # words remembered of one day
_WRITE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Gap:
    """A word that was asked for and not answered."""

    text: str  # in small letters
    days: int  # distinct days on which it was asked
    clients: int  # most distinct clients on one day, counted up to K
    last_month: date  # the first day of the month in which it was last asked


@dataclass(slots=True)
class _Asked:
    """A word on the day under way."""

    text: str
    clients: set[bytes] = field(default_factory=set)
    is_written: bool = False


class GapCounter:
    """Counts unanswered words. Safe between threads; several processes count the same days and each its own clients."""

    def __init__(self, folder: Path, database: Database, today: Callable[[], date] = lambda: datetime.now(UTC).date()) -> None:
        """Take the folder of the knowledge base, in which the key lies; nothing is read or made yet."""
        self._key_path = folder / GAPS_KEY
        self._database = database
        self._today = today
        self._lock = threading.Lock()
        self._day: date | None = None
        self._asked: dict[str, _Asked] = {}  # by stem
        self._client_key = b""
        self._has_complained = False
        self._stop = threading.Event()
        self._writer: threading.Thread | None = None

    def listen(self, question: str, client: str) -> None:
        """Note a question that nothing answered, asked from the address `client`. Never raises and never waits for the disk."""
        self.note(find_telling_words(question), client, self._today())

    def note(self, terms: Mapping[str, str], client: str, day: date) -> None:
        """Note unanswered words, stem to readable form, asked by `client` on `day`. Never raises, never waits for the disk."""
        with self._lock:
            if day != self._day:
                self._asked, self._day, self._client_key = {}, day, secrets.token_bytes(32)
            who = hashlib.blake2b(client.encode("utf-8", "replace"), key=self._client_key, digest_size=16).digest()
            for key, text in terms.items():
                if key not in self._asked and len(self._asked) >= _MAX_PENDING:
                    continue
                asked = self._asked.setdefault(key, _Asked(text))
                if len(asked.clients) < K and who not in asked.clients:
                    asked.clients.add(who)
                    asked.text, asked.is_written = text, False
            if self._writer is None and self._asked and not self._stop.is_set():
                self._writer = threading.Thread(target=self._write_regularly, name="gaps", daemon=True)
                self._writer.start()

    def flush(self) -> None:
        """Write now what has been noted. Never raises; what cannot be written is tried again next time."""
        with self._lock:
            day = self._day
            batch = {key: asked for key, asked in self._asked.items() if not asked.is_written}
            counts = {key: (asked.text, len(asked.clients)) for key, asked in batch.items()}
        if day is None or not counts:
            return
        try:
            secret = self._read_key()
            with self._database.writing() as connection:
                for key, (text, clients) in counts.items():
                    _count(connection, _hash_term(key, secret), text, clients, day)
                _forget(connection, day)
        except (DeskUnavailable, OSError) as error:
            if not self._has_complained:
                LOGGER.warning("unanswered words are not counted: %s", error)
            self._has_complained = True
            return
        with self._lock:
            for key, asked in batch.items():
                asked.is_written = len(asked.clients) == counts[key][1]

    def close(self) -> None:
        """Write what is left and end the writing thread."""
        self._stop.set()
        if self._writer is not None:
            self._writer.join()
        self.flush()

    def list(self, limit: int) -> Sequence[Gap]:
        """Return at most `limit` words that reached K, those of the most days first; raise DeskUnavailable."""
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                "SELECT text, days, clients, last_day FROM gaps WHERE text IS NOT NULL AND last_day >= ?"
                " ORDER BY days DESC, clients DESC, text LIMIT ?",
                ((self._today() - timedelta(days=SHOWN_DAYS)).isoformat(), limit),
            )
            return [Gap(text, days, clients, date.fromisoformat(last).replace(day=1)) for text, days, clients, last in rows]

    def _write_regularly(self) -> None:
        while not self._stop.wait(_WRITE_SECONDS):
            self.flush()

    def _read_key(self) -> bytes:
        """Return the key of the words' hashes, drawn on first need; raise OSError."""
        if not self._key_path.exists():
            aside = self._key_path.with_name(f"{GAPS_KEY}.{secrets.token_hex(4)}")
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(handle, secrets.token_bytes(32))
                os.fsync(handle)
            finally:
                os.close(handle)
            try:
                os.link(aside, self._key_path)  # unlike a rename it leaves alone what another process was quicker to put there
            except FileExistsError:
                pass
            finally:
                aside.unlink()
        return self._key_path.read_bytes()


def find_telling_words(question: str) -> dict[str, str]:
    """Return the words of a question that may be counted, stem to the word in small letters; at most MAX_WORDS. Pure."""
    found: dict[str, str] = {}
    for start, end in find_words(question):
        written = question[start:end].lower()
        if end - start in _LENGTHS and (word := normalize(written)) not in load_stopwords() and _is_plain(written):
            found.setdefault(stem(word), written)
        if len(found) == MAX_WORDS:
            break
    return found


def _is_plain(word: str) -> bool:
    return all(character.isalpha() or character in "-‐‑" for character in word)


def _hash_term(term: str, secret: bytes) -> bytes:
    return hashlib.blake2b(term.encode("utf-8", "replace"), key=secret[:64], digest_size=16).digest()


def _count(connection: Connection, term: bytes, text: str, clients: int, day: date) -> None:
    """Count a word for `day`, however often this is called; keep its text from the K-th distinct day or client on."""
    connection.execute(
        "INSERT INTO gaps (term, days, clients, last_day) VALUES (:term, 1, :clients, :day) ON CONFLICT (term) DO UPDATE SET"
        " days = days + (last_day < :day), clients = max(clients, :clients), last_day = max(last_day, :day)",
        {"term": term, "clients": clients, "day": day.isoformat()},
    )
    connection.execute(
        "UPDATE gaps SET text = ? WHERE term = ? AND text IS NULL AND (days >= ? OR clients >= ?)", (text, term, K, K)
    )


def _forget(connection: Connection, today: date) -> None:
    hidden, shown = (today - timedelta(days=days) for days in (HIDDEN_DAYS, SHOWN_DAYS))
    connection.execute("DELETE FROM gaps WHERE text IS NULL AND last_day < ?", (hidden.isoformat(),))
    connection.execute("DELETE FROM gaps WHERE last_day < ?", (shown.isoformat(),))
    connection.execute(
        "DELETE FROM gaps WHERE term IN (SELECT term FROM gaps WHERE text IS NULL ORDER BY last_day DESC LIMIT -1 OFFSET ?)",
        (MAX_ROWS,),
    )
