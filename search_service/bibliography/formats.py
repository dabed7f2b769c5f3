"""The formats of a citation: their names, media types and files, and which of them a request asks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from search_service.bibliography.apa import write_apa
from search_service.bibliography.bibtex import write_bibtex
from search_service.bibliography.csl import write_csl
from search_service.bibliography.items import Reference, gather
from search_service.bibliography.ris import write_ris


class Format(StrEnum):
    """The formats in which citations are handed out."""

    JSON = "json"  # all the others at once
    FOOTNOTE = "footnote"
    APA = "apa"
    BIBTEX = "bibtex"
    RIS = "ris"
    CSL = "csl"


@dataclass(frozen=True, slots=True)
class Offer:
    """A format under one of the media types it can be asked for by."""

    format: Format
    media_type: str  # lower case, without parameters


# The first of a format is what `?format=` gets. Of what a reader likes equally, the earlier is sent.
OFFERS = (
    Offer(Format.JSON, "application/json"),
    Offer(Format.FOOTNOTE, "text/plain"),
    Offer(Format.APA, "text/plain"),
    Offer(Format.BIBTEX, "application/x-bibtex"),
    Offer(Format.RIS, "application/x-research-info-systems"),
    Offer(Format.CSL, "application/vnd.citationstyles.csl+json"),
    Offer(Format.BIBTEX, "text/x-bibtex"),
    Offer(Format.APA, "text/x-bibliography"),  # the resolvers of DOIs call a formatted reference so
)
SUFFIXES = {
    Format.JSON: ".json",
    Format.FOOTNOTE: ".txt",
    Format.APA: ".txt",
    Format.BIBTEX: ".bib",
    Format.RIS: ".ris",
    Format.CSL: ".json",
}
LIST_NAME = "change-wissen-literatur"  # file name of a list, without ending
_MOST_RANGES = 100  # of one header that are read
_QUALITY = re.compile(r"[0-9]{1,3}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")  # as RFC 9110, 12.4.2, and ".2" as Java sends it


def write_footnotes(references: Sequence[Reference]) -> str:
    """Return one line for each reference, in the order given."""
    return "".join(f"{reference.footnote}\n" for reference in references)


WRITERS: Mapping[Format, Callable[[Sequence[Reference]], str]] = {
    Format.FOOTNOTE: write_footnotes,
    Format.APA: lambda references: write_apa(gather(references)),
    Format.BIBTEX: lambda references: write_bibtex(gather(references)),
    Format.RIS: lambda references: write_ris(gather(references)),
    Format.CSL: lambda references: write_csl(gather(references)),
}


def offer_format(chosen: Format) -> Offer:
    """Return how `?format=` is answered."""
    return next(offer for offer in OFFERS if offer.format is chosen)


def negotiate(accept: str | None) -> Offer | None:
    """Return what an `Accept` header likes best (RFC 9110, 12.5.1), JSON without one; None if it takes nothing we have.

    Parts that cannot be read are passed over.
    """
    parts = (accept or "").split(",", _MOST_RANGES)[:_MOST_RANGES]  # no media type we have holds a comma
    ranges = [read for part in parts if (read := _read_range(part))]
    if not ranges:
        return OFFERS[0] if not (accept or "").strip() else None
    liked = {offer: _like(offer.media_type, ranges) for offer in OFFERS}
    best = max(OFFERS, key=lambda offer: liked[offer])  # the first of several
    return best if liked[best] > 0 else None


def name_file(references: Sequence[Reference], chosen: Format) -> str:
    """Return the name of a downloaded file: the key of a single work, else one for a list."""
    keys = {reference.item.key for reference in references}
    return (keys.pop() if len(keys) == 1 else LIST_NAME) + SUFFIXES[chosen]


def _read_range(part: str) -> tuple[str, float] | None:
    """Return media type and quality of one part of the header; None if it is not of that form."""
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    if media_type == "*":  # the old form, which Java sends
        media_type = "*/*"
    if not re.fullmatch(r"[^\s/]+/[^\s/]+", media_type):
        return None
    values = [value.strip() for name, _, value in (each.partition("=") for each in parameters) if name.strip() == "q"]
    if not values:
        return media_type, 1.0
    return (media_type, min(float(values[0]), 1.0)) if _QUALITY.fullmatch(values[0]) else None


def _like(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the quality that the most specific range gives to a media type; 0 if none does."""
    for pattern in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        found = [quality for known, quality in ranges if known == pattern]
        if found:
            return max(found)
    return 0.0
