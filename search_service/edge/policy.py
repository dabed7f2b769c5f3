"""What an operator decides about the edge of the service: who may ask, how much, and how long it may take. Pure."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from search_service.desk.forms import OVERHEAD
from search_service.edge.rates import Allowance
from search_service.errors import InvalidSettings
from search_service.settings import Settings

# Searching holds Python's one lock, and the model its own: more threads make no search more, each only slower. Measured on the
# sample documents, words only, 30 ms of computing each: with 1, 2, 4, 8 and 16 threads 33 searches a second all along, and a
# p99 of 65, 118, 211, 631 and 1,380 ms. A second thread searches while the model computes for the first.
MOST_WORKERS = 4
# Eight answers before one's own are a quarter of a second at 30 ms each.
WAITING = 8
BURST_SECONDS = 10  # without a setting, a client may use up the requests of so many seconds at once
# Scheme, host and port as a browser sends them (RFC 6454, 6.2): lower case, without path and without a default port.
_ORIGIN = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
_DEFAULT_PORT = re.compile(r"http://.*:80|https://.*:443")


def count_cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits of the service towards its clients."""

    origins: tuple[str, ...] = ()  # whose pages may ask from a browser
    allowance: Allowance | None = None  # for one client; None: unlimited
    proxies: int = 0  # trusted proxies in front
    workers: int = 0  # answers worked out at once; 0: one per core, MOST_WORKERS at most
    waiting: int = WAITING  # requests that wait for a worker
    seconds: float = 30.0  # for working out an answer, waiting included
    body_seconds: float = 10.0  # for sending a question; for each piece of an upload
    max_upload: int = 200_000_000 + OVERHEAD  # bytes of an upload with what stands around its file
    open_metrics: bool = False  # whether others than programs on this machine may read /metrics
    variant: str = ""  # settings that shape answers, for the ETag

    @property
    def working(self) -> int:
        """How many answers are worked out at once."""
        return self.workers or min(count_cores(), MOST_WORKERS)


def read_policy(settings: Settings, variant: str = "") -> Policy:
    """Return the policy that the settings mean; raise InvalidSettings."""
    allowance = None
    if settings.rate:
        allowance = Allowance(settings.rate, settings.burst or max(1, settings.rate * BURST_SECONDS // 60))
    elif settings.burst:
        raise InvalidSettings(
            "CHANGE_WISSEN_BURST wirkt nur zusammen mit CHANGE_WISSEN_RATE. Bitte beide setzen oder keine von beiden."
        )
    if settings.timeout < 1:
        raise InvalidSettings("CHANGE_WISSEN_TIMEOUT muss mindestens 1 (Sekunde) sein.")
    if settings.metrics not in ("local", "open"):
        raise InvalidSettings(f"CHANGE_WISSEN_METRICS kennt „local“ und „open“, nicht „{settings.metrics}“.")
    return Policy(
        origins=read_origins(settings.origins),
        allowance=allowance,
        proxies=settings.proxies,
        workers=settings.workers,
        waiting=settings.waiting,
        seconds=float(settings.timeout),
        max_upload=settings.upload * 1_000_000 + OVERHEAD,
        open_metrics=settings.metrics == "open",
        variant=variant,
    )


def read_origins(text: str) -> tuple[str, ...]:
    """Return the origins named in `text`, parted by commas; raise InvalidSettings if one is not what browsers send."""
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin) or _DEFAULT_PORT.fullmatch(origin):
            raise InvalidSettings(
                f"CHANGE_WISSEN_ORIGINS: „{origin}“ ist keine Herkunft, wie Browser sie senden. Erwartet wird etwa "
                "https://portal.example.org – klein geschrieben, ohne Pfad, ohne Schrägstrich am Ende, ohne Standard-Port "
                "und ohne Platzhalter; mehrere mit Komma getrennt."
            )
    return origins
