"""How much one client may ask: a bucket of tokens each, in memory only.

The fields of the answer are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_service.edge.clients import find_client
from search_service.edge.places import Place, find_place
from search_service.problems import TOO_MANY_REQUESTS, Kind

MAX_CLIENTS = 20_000  # remembered at once, about 5 MB; who has not asked for longest is forgotten first
_FREE = (Place.PROBE, Place.STATIC)
Answer = Callable[[Request, Kind, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much one client may ask."""

    per_minute: int  # tokens that come back in a minute, > 0
    burst: int  # tokens in a full bucket, > 0

    @property
    def policy(self) -> str:
        """The value of `RateLimit-Policy`."""
        return f'"client";q={self.per_minute};w=60'


@dataclass(frozen=True, slots=True)
class Bucket:
    """The tokens that a client had left at a moment."""

    tokens: float
    at: float  # seconds of a clock that never goes back


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may pass, and what the client is told about it."""

    allowed: bool
    bucket: Bucket
    remaining: int  # whole requests left at once
    seconds: int  # until the next token if none is left, else until the bucket is full


def take_token(allowance: Allowance, bucket: Bucket | None, now: float) -> Decision:
    """Return what a request at `now` meets; `bucket` is None for a client not seen before."""
    per_second = allowance.per_minute / 60
    tokens: float = allowance.burst
    if bucket is not None:
        tokens = min(allowance.burst, bucket.tokens + max(0.0, now - bucket.at) * per_second)
    allowed = tokens >= 1
    if allowed:
        tokens -= 1
    missing = allowance.burst - tokens if tokens >= 1 else 1 - tokens
    return Decision(allowed, Bucket(tokens, now), int(tokens), max(1, math.ceil(missing / per_second)))


class Rates:
    """Middleware: answers 429 to a client that has used up its tokens. Probes and static files cost nothing.

    A client is remembered under a hash of its address with a secret that ends with the process; the address is not kept.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowance: Allowance,
        proxies: int,
        answer: Answer,
        count_refused: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._allowance = allowance
        self._proxies = proxies
        self._answer = answer
        self._count_refused = count_refused
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._buckets: OrderedDict[bytes, Bucket] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or hand on one request."""
        if scope["type"] != "http" or find_place(scope["path"]) in _FREE:
            await self._app(scope, receive, send)
            return
        decision = self._decide(find_client(scope, self._proxies))

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["ratelimit-policy"] = self._allowance.policy
                headers["ratelimit"] = f'"client";r={decision.remaining};t={decision.seconds}'
            await send(message)

        if decision.allowed:
            await self._app(scope, receive, send_told)
        else:
            self._count_refused()
            refusal = self._answer(Request(scope), TOO_MANY_REQUESTS, {"retry-after": str(decision.seconds)})
            await refusal(scope, receive, send_told)

    def _decide(self, client: str) -> Decision:
        key = hashlib.blake2b(client.encode(), key=self._secret, digest_size=16).digest()
        decision = take_token(self._allowance, self._buckets.pop(key, None), self._clock())
        self._buckets[key] = decision.bucket
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return decision
