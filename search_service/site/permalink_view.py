"""What the page behind a permalink shows when the passage is no longer there, as flat data for its template. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from search_service.citations import locate_pages
from search_service.links import page_path
from search_service.permalinks import Permalink, PermalinkState
from search_service.typesetting import german_date

_HEADINGS = {
    PermalinkState.CHANGED: "Der Text hinter diesem Link hat sich geändert",
    PermalinkState.WITHDRAWN: "Dieses Dokument wurde zurückgezogen",
    PermalinkState.REMOVED: "Dieses Dokument gibt es hier nicht mehr",
}


@dataclass(frozen=True, slots=True)
class PermalinkView:
    """The page of a passage that is gone."""

    heading: str
    told: str  # what happened, in full sentences
    advice: str  # what to do now
    reason: str | None  # as the editor gave it
    facts: tuple[tuple[str, str], ...]  # label and value: the document and the place the passage had
    links: tuple[tuple[str, str], ...]  # text and path, the most helpful first


def view_permalink(permalink: Permalink) -> PermalinkView:
    """Return the page of a permalink whose state is not CURRENT."""
    return PermalinkView(
        heading=_HEADINGS[permalink.state],
        told=_tell(permalink),
        advice=_advise(permalink),
        reason=permalink.reason,
        facts=tuple(_list_facts(permalink)),
        links=tuple(_list_links(permalink)),
    )


def _tell(permalink: Permalink) -> str:
    day = f" am {german_date(permalink.since)}" if permalink.since else ""
    match permalink.state:
        case PermalinkState.CHANGED:
            return f"Das Dokument wurde{day} neu aufgenommen. Die verlinkte Textstelle steht darin nicht mehr so wie damals."
        case PermalinkState.WITHDRAWN:
            return f"Die Redaktion hat das Dokument mit der verlinkten Textstelle{day} zurückgezogen."
        case _:
            return f"Das Dokument mit der verlinkten Textstelle wurde{day} aus der Wissensdatenbank entfernt."


def _advise(permalink: Permalink) -> str:
    if permalink.state is not PermalinkState.CHANGED:
        return "Den alten Wortlaut zeigt diese Seite nicht. Ob es zum Thema etwas anderes gibt, sagt die Suche."
    if permalink.passage is None:
        return "Den alten Wortlaut zeigt diese Seite nicht. Bitte im Dokument nachsehen, ob die Aussage noch gilt."
    return (
        "Bitte lesen Sie nach, ob die Aussage noch gilt, bevor Sie sie weiter zitieren. Der erste Link führt dorthin, wo die "
        "Textstelle am ehesten stand."
    )


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
