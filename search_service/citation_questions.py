"""How citations are asked for over HTTP: the format in the address, the ids in the body."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from search_service.bibliography.formats import Format
from search_service.questions import Text

MAX_CITATIONS = 200  # at once; a reading list of a long report has about a hundred works

_FORMAT = Field(
    description=(
        "`json`: alle Formate auf einmal. `footnote`: Fußnote nach DIN ISO 690. `apa`: Literaturangabe und Kurzbeleg nach "
        "APA 7. `bibtex`, `ris`, `csl` (CSL-JSON): zum Einlesen in Literaturverwaltungen. Hat Vorrang vor dem Kopf „Accept“; "
        "ohne beides kommt `json`."
    ),
)


class CitationParameters(BaseModel):
    """The parameters of every address under which citations are answered."""

    model_config = ConfigDict(extra="forbid")

    format: Annotated[Format | None, _FORMAT] = None
    download: Annotated[bool, Field(description="`true`: als Datei zum Herunterladen, mit Namen.")] = False


class CitationsRequest(BaseModel):
    """The JSON body of `POST /citations`."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Text] = Field(  # the route itself checks the length and words the refusal
        description=f"Kennungen von Textstellen und Dokumenten, gemischt, 1 bis {MAX_CITATIONS}.",
        json_schema_extra={"minItems": 1, "maxItems": MAX_CITATIONS},
    )
