"""What the page behind a permalink shows when the passage is no longer there, as flat data for its template. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search_service.citations import locate_pages
from search_service.links import page_path
from search_service.permalinks import Permalink, PermalinkState
from search_service.typesetting import german_date


@dataclass(frozen=True, slots=True)
class PermalinkView:
    """The page of a passage that is gone."""

    heading: str
    told: str  # what happened, in full sentences
    advice: str  # what to do now
    reason: str | None  # as the editor gave it
    facts: tuple[tuple[str, str], ...]  # label and value: the document and the place the passage had
    links: tuple[tuple[str, str], ...]  # text and path, the most helpful first


def view_permalink(permalink: Permalink, texts: Mapping[str, str]) -> PermalinkView:
    """Return the page of a permalink whose state is not CURRENT, told in `texts`."""
    day = f" am {german_date(permalink.since)}" if permalink.since else ""
    return PermalinkView(
        heading=texts[f"heading_{permalink.state}"],
        told=texts[f"told_{permalink.state}"].format(day=day),
        advice=texts[_choose_advice(permalink)],
        reason=permalink.reason,
        facts=tuple(_list_facts(permalink)),
        links=tuple(_list_links(permalink)),
    )


def _choose_advice(permalink: Permalink) -> str:
    if permalink.state is not PermalinkState.CHANGED:
        return "advice_search"
    return "advice_document" if permalink.passage is None else "advice_near"


def _list_facts(permalink: Permalink) -> list[tuple[str, str]]:
    facts = [("Dokument", permalink.title)]
    if permalink.heading_path:
        facts.append(("Abschnitt damals", " › ".join(permalink.heading_path)))
    if permalink.pages:
        facts.append(("Seite damals", locate_pages(permalink.pages, permalink.media_type)))
    return facts


def _list_links(permalink: Permalink) -> list[tuple[str, str]]:
    if permalink.document is None:
        return []
    links = [("Zum Anfang des Dokuments", page_path(permalink.document.id))]
    if permalink.passage is not None:
        links.insert(0, ("Zur heutigen Textstelle", page_path(permalink.document.id, permalink.passage.id)))
    return links
