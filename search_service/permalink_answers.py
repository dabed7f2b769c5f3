"""What the API tells of a permalink.

Field names are a promise to the portal: within v1 fields are added, never renamed or removed.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from search_service.document_answers import PageAnswer, build_pages
from search_service.links import page_path, permalink_path
from search_service.permalinks import Permalink, PermalinkState


class PermalinkPassageAnswer(BaseModel):
    """The passage that a permalink leads to now."""

    id: str = Field(description="Kennung der Textstelle.")
    heading_path: list[str] = Field(description="Überschriften über der Textstelle, die äußerste zuerst.")
    pages: list[PageAnswer] = Field(description="Seiten, aufsteigend; leer bei Formaten ohne Seiten.")
    url: str = Field(description="Die Textstelle auf der Seite ihres Dokuments.")


class PermalinkAnswer(BaseModel):
    """What has become of a passage."""

    id: str = Field(description="Kennung der verlinkten Textstelle.")
    state: PermalinkState = Field(
        description=(
            "`current`: steht unverändert da. `changed`: Das Dokument gibt es, die Textstelle nicht mehr im alten Wortlaut. "
            "`withdrawn`: Die Redaktion hat das Dokument zurückgezogen. `removed`: Seine Datei ist entfernt worden."
        )
    )
    permalink: str = Field(description="Adresse, die immer sagt, was aus der Textstelle geworden ist.")
    document_id: str = Field(description="Kennung ihres Dokuments.")
    document_title: str
    document_url: str | None = Field(description="Seite des Dokuments; `null`, wenn es nicht mehr antwortet.")
    heading_path: list[str] = Field(description="Überschriften, unter denen die Textstelle steht oder stand.")
    pages: list[PageAnswer] = Field(description="Seiten, auf denen sie steht oder stand.")
    since: datetime | None = Field(description="Seit wann sie nicht mehr unverändert dasteht; `null` bei `current`.")
    reason: str | None = Field(description="Grund des Zurückziehens, wenn die Redaktion einen angegeben hat.")
    passage: PermalinkPassageAnswer | None = Field(
        description="Bei `current` die Textstelle selbst, bei `changed` die, die am ehesten an ihre Stelle getreten ist."
    )


def build_permalink_answer(permalink: Permalink, public_url: str | None = None) -> PermalinkAnswer:
    """Return the answer of `/permalinks/{id}`."""
    root = (public_url or "").rstrip("/")
    return PermalinkAnswer(
        id=permalink.id,
        state=permalink.state,
        permalink=root + permalink_path(permalink.id),
        document_id=permalink.document_id,
        document_title=permalink.title,
        document_url=None if permalink.document is None else root + page_path(permalink.document_id),
        heading_path=list(permalink.heading_path),
        pages=build_pages(permalink.pages),
        since=permalink.since,
        reason=permalink.reason,
        passage=_build_passage(permalink, root),
    )


def _build_passage(permalink: Permalink, root: str) -> PermalinkPassageAnswer | None:
    passage = permalink.passage
    if passage is None:
        return None
    return PermalinkPassageAnswer(
        id=passage.id,
        heading_path=list(passage.heading_path),
        pages=build_pages(passage.pages),
        url=root + page_path(permalink.document_id, passage.id),
    )
