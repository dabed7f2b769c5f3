"""How documents and passages are asked for over HTTP, beside searching."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from search_service.errors import InvalidQuery
from search_service.queries import MAX_PAGE_SIZE, DocumentOrder, Listing
from search_service.questions import FilterParameters

MAX_CONTEXT = 5  # passages on either side: about two pages of print, enough to read on; who wants more opens the document

_SORT = Field(description="Sortiert nach `title` (Titel), `year` (Jahr) oder `indexed_at` (Aufnahme in den Bestand).")
_ORDER = Field(description="`asc`: aufsteigend. `desc`: absteigend. Ohne Angabe: Titel aufsteigend, sonst das Neueste zuerst.")
_PAGE = Field(description="Seite der Liste, ab 1; hinter dem Ende ist sie leer.", json_schema_extra={"minimum": 1})
_PAGE_SIZE = Field(description="Dokumente je Seite.", json_schema_extra={"minimum": 1, "maximum": MAX_PAGE_SIZE})
_CONTEXT: dict[str, JsonValue] = {"minimum": 0, "maximum": MAX_CONTEXT}


class DocumentsParameters(FilterParameters):
    """The parameters of `GET /documents`."""

    sort: Annotated[DocumentOrder, _SORT] = DocumentOrder.TITLE
    order: Annotated[Literal["asc", "desc"] | None, _ORDER] = None
    page: Annotated[int, _PAGE] = 1
    page_size: Annotated[int, _PAGE_SIZE] = 20

    def to_listing(self) -> Listing:
        """Return the checked listing; raise InvalidQuery."""
        descending = self.sort is not DocumentOrder.TITLE if self.order is None else self.order == "desc"
        return Listing(self.to_filters(), self.sort, descending, self.page, self.page_size)


class PassageParameters(BaseModel):
    """The parameters of `GET /passages/{id}`."""

    model_config = ConfigDict(extra="forbid")

    before: int = Field(0, description="So viele Textstellen desselben Dokuments davor.", json_schema_extra=_CONTEXT)
    after: int = Field(0, description="So viele Textstellen desselben Dokuments danach.", json_schema_extra=_CONTEXT)

    def check(self) -> None:
        """Raise InvalidQuery beyond the limits."""
        for name, count in (("before", self.before), ("after", self.after)):
            if not 0 <= count <= MAX_CONTEXT:
                raise InvalidQuery(f"„{name}“ muss zwischen 0 und {MAX_CONTEXT} liegen.", name)
