"""What opening a page comes to: bytes, requests, round trips, and the time until its largest part is painted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

MOST_BYTES = 60_000  # of the page of results with style and scripts: a second on a slow mobile line
MOST_ROUND_TRIPS = 2  # the page, then everything it names
MOST_LCP = 1000.0  # milliseconds on loopback with the processor slowed down to a quarter, a phone's


@dataclass(frozen=True, slots=True)
class Transfer:
    """One request of a page."""

    address: str
    size: int  # bytes on the wire: header and compressed body
    initiator: str | None  # the address of what asked for it; None for the page itself


@dataclass(frozen=True, slots=True)
class Opening:
    """One page opened once, with nothing kept from before."""

    transfers: tuple[Transfer, ...]  # the page itself first
    lcp: float | None  # Largest Contentful Paint in milliseconds; None where the browser told none
    complaints: tuple[str, ...]  # errors in the console


@dataclass(frozen=True, slots=True)
class Figures:
    """One state, over several openings: what was transferred in the worst of them, and the LCP in the middle."""

    state: str
    size: int
    requests: int
    round_trips: int
    lcp: float | None
    foreign: tuple[str, ...]  # other hosts that were asked
    complaints: tuple[str, ...]
    is_bounded: bool  # whether the targets for bytes and round trips are meant for it


def count_round_trips(transfers: Sequence[Transfer]) -> int:
    """Return the length of the longest chain of requests of which each is asked for by the one before it.

    A request whose initiator is not among the transfers counts as asked for by the page.
    """
    initiator_of: Mapping[str, str | None] = {transfer.address: transfer.initiator for transfer in reversed(transfers)}

    def depth(address: str, seen: frozenset[str]) -> int:
        initiator = initiator_of[address]
        if initiator is None or initiator in seen:
            return 1
        return 1 + (depth(initiator, seen | {address}) if initiator in initiator_of else 1)

    return max((depth(transfer.address, frozenset({transfer.address})) for transfer in transfers), default=0)


def summarise(state: str, openings: Sequence[Opening], *, is_bounded: bool) -> Figures:
    """Return the figures of a state from at least one opening."""
    host = urlsplit(openings[0].transfers[0].address).netloc
    asked = {urlsplit(transfer.address).netloc for opening in openings for transfer in opening.transfers}
    painted = [opening.lcp for opening in openings if opening.lcp is not None]
    return Figures(
        state=state,
        size=max(sum(transfer.size for transfer in opening.transfers) for opening in openings),
        requests=max(len(opening.transfers) for opening in openings),
        round_trips=max(count_round_trips(opening.transfers) for opening in openings),
        lcp=median(painted) if painted else None,
        foreign=tuple(sorted(asked - {host, ""})),
        complaints=tuple(dict.fromkeys(text for opening in openings for text in opening.complaints)),
        is_bounded=is_bounded,
    )


def find_misses(figures: Figures) -> list[str]:
    """Return in German which targets a state misses."""
    bounded = [
        (figures.is_bounded and figures.size > MOST_BYTES, f"{kilobytes(figures.size)} KB statt {kilobytes(MOST_BYTES)} KB"),
        (
            figures.is_bounded and figures.round_trips > MOST_ROUND_TRIPS,
            f"{figures.round_trips} Wege hin und zurück statt {MOST_ROUND_TRIPS}",
        ),
        (figures.lcp is None, "LCP nicht messbar"),
        (figures.lcp is not None and figures.lcp > MOST_LCP, f"LCP {figures.lcp or 0:.0f} ms statt {MOST_LCP:.0f} ms"),
        (bool(figures.foreign), f"fragt {', '.join(figures.foreign)}"),
        (bool(figures.complaints), f"Fehler in der Konsole: {' | '.join(figures.complaints)}"),
    ]
    return [f"{figures.state}: {told}" for is_missed, told in bounded if is_missed]


def report_lines(report: Sequence[Figures], runs: int) -> list[str]:
    """Return the report as Markdown in German."""
    misses = [miss for figures in report for miss in find_misses(figures)]
    return [
        f"| Seite | KB | Anfragen | Wege hin und zurück | LCP ms (Median von {runs}) | fremde Rechner | Fehler |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *map(_row, report),
        "",
        f"Ziele: höchstens {kilobytes(MOST_BYTES)} KB und {MOST_ROUND_TRIPS} Wege hin und zurück für alles ohne Betrachter, "
        f"LCP höchstens {MOST_LCP:.0f} ms bei einem Viertel der Rechenleistung, kein fremder Rechner, kein Fehler.",
        *(f"Verfehlt – {miss}" for miss in misses),
        *([] if misses else ["Alle gehalten."]),
    ]


def _row(figures: Figures) -> str:
    lcp = "–" if figures.lcp is None else f"{figures.lcp:.0f}"
    cells = [figures.state, kilobytes(figures.size), str(figures.requests), str(figures.round_trips), lcp]
    return f"| {' | '.join([*cells, str(len(figures.foreign)), str(len(figures.complaints))])} |"


def kilobytes(size: int) -> str:
    """Return thousands of bytes with a decimal comma."""
    return f"{size / 1000:.1f}".replace(".", ",")
