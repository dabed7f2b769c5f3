"""Who may do what: how a request shows its key, and what is answered where it shows none or the wrong one."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from search_service.desk.keys import Key, Keys, Scope
from search_service.edge.clients import find_client
from search_service.edge.records import read_route
from search_service.errors import InvalidSettings, KeyRefused, KeyTooNarrow, TooManyAttempts

LOGGER = logging.getLogger(__name__)

# A secret of 256 bits cannot be guessed at any rate: the limit keeps a program with an old key from filling the log.
MAX_ATTEMPTS = 20  # wrong keys from one address ...
ATTEMPTS_SECONDS = 60.0  # ... within this time; then they are answered 429 and no longer logged
_ADDRESSES = 10_000  # remembered at once, in memory only

Check = Callable[..., Key | None]  # a dependency of FastAPI


class SearchAccess(StrEnum):
    """Who may search."""

    PUBLIC = "public"
    KEY = "key"


def parse_search_access(text: str) -> SearchAccess:
    """Return the setting that `text` is; raise InvalidSettings."""
    try:
        return SearchAccess(text)
    except ValueError as error:
        allowed = " oder ".join(SearchAccess)
        raise InvalidSettings(
            f"Die Einstellung CHANGE_WISSEN_SEARCH_ACCESS muss {allowed} sein, nicht „{text[:40]}“."
        ) from error


class Attempts:
    """Counts wrong keys by address, in memory. A right key is never kept out: many users share the address of a proxy."""

    def __init__(self, proxies: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the number of trusted proxies in front, see `edge.clients.find_client`."""
        self.proxies = proxies
        self._clock = clock
        self._lock = Lock()
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()  # address -> when counting began, how many

    def note(self, address: str) -> bool:
        """Count a wrong key from `address`; return whether there were too many of them."""
        now = self._clock()
        with self._lock:
            began, count = self._counts.pop(address, (now, 0))
            if now - began >= ATTEMPTS_SECONDS:
                began, count = now, 0
            self._counts[address] = (began, count + 1)
            if len(self._counts) > _ADDRESSES:
                self._counts.popitem(last=False)
            return count >= MAX_ATTEMPTS


def require_key(keys: Keys, scope: Scope, attempts: Attempts) -> Check:
    """Return a dependency that lets requests pass that show a key for `scope`; it raises KeyRefused or KeyTooNarrow."""

    def check(
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
        header: Annotated[str | None, Depends(_HEADER)],
    ) -> Key:
        text = bearer.credentials if bearer else header
        if not text:
            raise KeyRefused(
                "Hierfür braucht es einen Schlüssel. Bitte ihn als „Authorization: Bearer cw_…“ oder „X-API-Key: cw_…“ "
                "mitschicken; der Betreiber legt ihn mit „change-wissen keys create“ an."
            )
        return check_key(text, keys, scope, attempts, request)

    return check


def check_key(text: str, keys: Keys, scope: Scope, attempts: Attempts, request: Request) -> Key:
    """Return the key that `request` shows as `text`, if it opens `scope`; a wrong one is counted.

    Raises KeyRefused, TooManyAttempts or KeyTooNarrow.
    """
    try:
        key = keys.check(text)
    except KeyRefused:
        if attempts.note(find_client(request.scope, attempts.proxies)):
            raise TooManyAttempts(
                "Von dieser Adresse kamen zu viele falsche Schlüssel. Bitte den Schlüssel prüfen und in einer Minute "
                "noch einmal versuchen."
            ) from None
        LOGGER.warning("a request to %s showed a key that does not hold", read_route(request.scope))
        raise
    if not key.opens(scope):
        raise KeyTooNarrow(
            f"Der Schlüssel „{key.name}“ gilt für die Suche, nicht für die Verwaltung. "
            "Bitte beim Betreiber einen Schlüssel mit dem Recht „admin“ anfordern."
        )
    return key


def allow_search(keys: Keys, access: SearchAccess, attempts: Attempts) -> Check:
    """Return a dependency for everything that shows contents; it lets all pass or, as the operator wishes, those with a key."""
    if access is SearchAccess.KEY:
        return require_key(keys, Scope.SEARCH, attempts)

    def pass_all() -> None:
        return None

    return pass_all


_BEARER = HTTPBearer(
    auto_error=False, scheme_name="bearer", bearerFormat="cw_…", description="Schlüssel als `Authorization: Bearer cw_…`."
)
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="apiKey", description="Schlüssel als `X-API-Key: cw_…`.")
