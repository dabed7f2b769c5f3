"""What a visit to the web brings, while it is under way: documents kept on the shelf, and what could not be had."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from http import HTTPStatus

from ingest.report import FileReport, State
from ingest.web.addresses import Address
from ingest.web.downloads import choose_ending, keep_charset
from ingest.web.fetch import Answer, Fetcher, Seen
from ingest.web.robots import ForbiddenByRobots, Robots
from ingest.web.shelf import Fields, Holding, Shelf, name_file
from search_service.errors import NothingToIndex, SourceUnavailable

KEPT = "Die zuletzt geladene Fassung bleibt."
DAY = re.compile(r"\d{4}-\d\d-\d\d")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a visit brought. Documents on the shelf are reported by ingest, everything else here: together each ends once."""

    reports: tuple[FileReport, ...] = ()  # failed and skipped, under the address or the record's identifier
    loaded: int = 0  # files new or changed
    unchanged: int = 0
    removed: tuple[str, ...] = ()  # paths of files taken off the shelf because their source no longer has them
    notices: tuple[str, ...] = ()  # German sentences about the whole visit


@dataclass(slots=True)
class Basket:
    """Collects what a visit brings, while it is under way."""

    fetcher: Fetcher
    robots: Robots
    shelf: Shelf
    today: date
    tell: Tell | None = None
    reports: list[FileReport] = field(default_factory=list)
    loaded: int = 0
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def harvest(self) -> Harvest:
        """Return what has been brought so far."""
        return Harvest(tuple(self.reports), self.loaded, self.unchanged, tuple(self.removed), tuple(self.notices))

    def refuse(self, name: str, error: Exception, *, is_kept: bool = False) -> None:
        """Report what could not be had: skipped if it is not for us, failed if it should have worked."""
        state = State.SKIPPED if isinstance(error, (ForbiddenByRobots, NothingToIndex)) else State.FAILED
        self.reports.append(FileReport(name, state, f"{error} {KEPT}" if is_kept else str(error)))

    @contextmanager
    def attempt(self, name: str, key: str | None = None) -> Iterator[None]:
        """Turn what goes wrong with one document into its report; the others go on. `key`: on the shelf, if not `name`."""
        if self.tell is not None:
            self.tell(name)
        try:
            yield
        except (SourceUnavailable, NothingToIndex) as error:
            self.refuse(name, error, is_kept=self.shelf.find(name if key is None else key) is not None)

    def ask(self, address: Address, holding: Holding | None) -> Answer:
        """Return what is at `address`; status 304 if `holding` came from there and has not changed. Errors as Fetcher.get."""
        seen = holding.seen if holding is not None and holding.address == str(address) else Seen()
        return self.fetcher.get(address, seen=seen, permit=self.robots.check)

    def keep(self, key: str, source: str, stamp: str, address: Address, answer: Answer, fields: Fields) -> None:
        """Put an answer on the shelf. Raises NothingToIndex or FetchFailed if it is no document that ingest reads."""
        known = self.shelf.find(key)
        if known is not None and known.source == "":
            source = ""  # somebody named it himself: it stays even if a sitemap forgets it
        if known is not None and answer.status == HTTPStatus.NOT_MODIFIED:
            self.shelf.put(replace(known, source=source, stamp=stamp, fetched=self.today.isoformat()), None, fields)
            self.unchanged += 1
            return
        ending = choose_ending(answer)
        data = keep_charset(answer, ending)
        holding = Holding(
            key=key,
            source=source,
            file=name_file(address, key, ending),
            address=str(address),
            digest=hashlib.sha256(data).hexdigest(),
            fetched=self.today.isoformat(),
            stamp=stamp,
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
        )
        self.shelf.put(holding, data, fields)
        if known is not None and (known.digest, known.file) == (holding.digest, holding.file):
            self.unchanged += 1
        else:
            self.loaded += 1


def open_basket(fetcher: Fetcher, shelf: Shelf, tell: Tell | None = None) -> Basket:
    """Return an empty basket for a visit that starts now."""
    return Basket(fetcher, Robots(fetcher), shelf, datetime.now(UTC).date(), tell)


def is_current(holding: Holding, stamp: str) -> bool:
    """Tell whether a document need not even be asked for: its source names the same change as before, and it was fetched
    on a later day than that (a stamp may be as coarse as a day).
    """
    return bool(stamp) and stamp == holding.stamp and bool(DAY.match(stamp)) and holding.fetched > stamp[:10]
