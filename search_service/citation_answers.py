"""References as the JSON interface hands them out: every format at once, ready to copy."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field, JsonValue

from search_service.bibliography.apa import write_reference, write_short
from search_service.bibliography.bibtex import write_entry
from search_service.bibliography.csl import make_csl_item
from search_service.bibliography.items import Entry, Reference
from search_service.bibliography.ris import write_record


class CitationFormatsAnswer(BaseModel):
    """One citation in all formats."""

    id: str = Field(description="Kennung der Textstelle oder des Dokuments, wie angefragt.")
    document_id: str = Field(description="Kennung des zitierten Dokuments.")
    key: str = Field(description="Zitierschlüssel in BibTeX, RIS und CSL-JSON; gleich in jeder Antwort.")
    locator: str | None = Field(
        description="Nur die Fundstelle: „S. 12 (PDF-Seite 15)“, „Folie 3“ oder ein Abschnitt; `null` für ein ganzes Dokument."
    )
    footnote: str = Field(description="Fußnote nach DIN ISO 690, mit Fundstelle.")
    apa: str = Field(description="Eintrag im Literaturverzeichnis nach APA 7.")
    apa_in_text: str = Field(description="Kurzbeleg im Text nach APA 7, mit Fundstelle: „(Müller, 2025, S. 12)“.")
    bibtex: str = Field(description="BibTeX-Eintrag in UTF-8; die gedruckte Seite in `pages`.")
    ris: str = Field(description="RIS-Satz mit Zeilenenden CRLF; die gedruckten Seiten in `SP` und `EP`.")
    csl: list[dict[str, JsonValue]] = Field(
        description=(
            "CSL-JSON: eine Liste mit einem Eintrag. Die Fundstelle steht für Leser in `note` und für Programme in "
            "`custom.citationItems`, weil sie zum Zitat gehört und nicht zum Werk."
        )
    )


class CitationListAnswer(BaseModel):
    """Citations in all formats."""

    citations: list[CitationFormatsAnswer] = Field(description="In der Reihenfolge der Anfrage.")


def build_citation_list(asked: Sequence[str], references: Sequence[Reference]) -> CitationListAnswer:
    """Return citations in all formats; `asked` are the ids they were asked for by, in the same order."""
    pairs = zip(asked, references, strict=True)
    return CitationListAnswer(citations=[build_citation_formats(*pair) for pair in pairs])


def build_citation_formats(asked: str, reference: Reference) -> CitationFormatsAnswer:
    """Return one citation in all formats; `asked` is the id it was asked for by."""
    item, locator = reference.item, reference.locator
    entry = Entry(item, (locator,) if locator else ())
    return CitationFormatsAnswer(
        id=asked,
        document_id=item.id,
        key=item.key,
        locator=locator.text if locator else None,
        footnote=reference.footnote,
        apa=write_reference(item),
        apa_in_text=write_short(item, locator),
        bibtex=write_entry(entry),
        ris=write_record(entry),
        csl=[make_csl_item(entry)],
    )
