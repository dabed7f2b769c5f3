"""Who is signed in: sessions in memory, under the hash of an id that only the browser has, each tied to its key."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from search_service.desk.jobs import Job
from search_service.desk.keys import Key, Keys
from search_service.errors import KeyRefused

ID_BYTES = 32  # 256 bits: nobody guesses one, so their hashes need no salt and no slowness
IDLE_SECONDS = 8 * 3600.0  # a working day: who left the desk yesterday signs in again
LONGEST_SECONDS = 24 * 3600.0  # whatever is done meanwhile: what was stolen, or left open, ends
MAX_SESSIONS = 1_000  # who has not been active for longest gives way; a newsroom has ten
_MAX_ORDERS = 200  # forms of one session that are known to have been sent


class Session:
    """One signed-in editor. Safe between threads."""

    def __init__(self, key: Key, now: float) -> None:
        self.key = key  # as it was when last looked at
        self.began_at = self.active_at = now
        self._orders: OrderedDict[tuple[str, str], str] = OrderedDict()  # path and token of a form -> job that it became
        self._ordering = Lock()

    def find_order(self, path: str, token: str) -> str | None:
        """Return the id of the job that the form with this token, sent to `path`, has become, None if it has become none."""
        with self._ordering:
            return self._orders.get((path, token))

    def order_once(self, path: str, token: str, order: Callable[[], Job]) -> tuple[str, bool]:
        """Return the id of the job that `order` adds, and True; for a form that was sent to `path` before, its job and False.

        An empty token is of no form: it orders each time. Raises what `order` raises, and the form can be sent again.
        """
        form = (path, token)
        with self._ordering:
            if token and form in self._orders:
                return self._orders[form], False
            job_id = order().id
            if token:
                self._orders[form] = job_id
                if len(self._orders) > _MAX_ORDERS:
                    self._orders.popitem(last=False)
            return job_id, True


class Sessions:
    """All sessions of this process; they end with it. Safe between threads."""

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._lock = Lock()
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()  # by the hash of their id, the least active first

    def begin(self, key: Key) -> str:
        """Begin a session of `key` and return its id, which is not kept."""
        session_id = secrets.token_urlsafe(ID_BYTES)
        now = self._clock()
        with self._lock:
            self._drop_idle(now)
            self._sessions[_hash(session_id)] = Session(key, now)
            if len(self._sessions) > MAX_SESSIONS:
                self._sessions.popitem(last=False)
        return session_id

    def find(self, session_id: str, *, active: bool = True) -> Session | None:
        """Return the session of this id, None if there is none (any more); `active`: a person did something.

        Raises KeyRefused, and ends the session, where its key was revoked or has expired; DeskUnavailable.
        """
        digest, now = _hash(session_id), self._clock()
        with self._lock:
            self._drop_idle(now)
            session = self._sessions.get(digest)
            if session is None:
                return None
            if now - session.began_at >= LONGEST_SECONDS:
                del self._sessions[digest]
                return None
            if active:
                session.active_at = now
                self._sessions.move_to_end(digest)
        try:
            session.key = self._keys.check_again(session.key.id)
        except KeyRefused:
            self.end(session_id)
            raise
        return session

    def end(self, session_id: str) -> None:
        """End the session of this id; does nothing if there is none."""
        with self._lock:
            self._sessions.pop(_hash(session_id), None)

    def _drop_idle(self, now: float) -> None:
        while self._sessions:
            first = next(iter(self._sessions.values()))
            if now - first.active_at < IDLE_SECONDS:
                return
            self._sessions.popitem(last=False)


def _hash(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode("utf-8", "replace")).digest()
