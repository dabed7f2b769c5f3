"""How much of a web page's main text an extraction gives, beside what plain trafilatura gives of the same page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

import trafilatura

from evaluation.extraction.measures import Overlap, overlap

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One page, both texts against the same truth."""

    page: str
    ours: Overlap
    baseline: Overlap


def read_baseline(page: str) -> str:
    """Return the main text that trafilatura gives of an HTML page in its default setting; "" if it finds none."""
    return trafilatura.extract(page) or ""


def compare_page(name: str, page: str, ours: str, truth: str) -> Comparison:
    """Return how our text of `page` (its HTML, decoded) and trafilatura's stand to what a person calls its content.

    Texts are bags of words in lower case: order and punctuation do not count.
    """
    wanted = _words(truth)
    return Comparison(name, overlap(wanted, _words(ours)), overlap(wanted, _words(read_baseline(page))))


def mean_f1(comparisons: Iterable[Comparison]) -> tuple[float, float]:
    """Return the mean token F1 over pages, ours and the baseline's. ValueError without any page."""
    known = list(comparisons)
    if not known:
        raise ValueError("no pages to compare")
    return fmean(one.ours.f1 for one in known), fmean(one.baseline.f1 for one in known)


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())
