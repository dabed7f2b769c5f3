"""What is said when a document begins or ceases to answer in place of another: one German notice for one change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from search_service.documents import Document, is_newer
from search_service.typesetting import german_date

# As the editors' form calls it, and the handbook for sidecars.
STANDALONE = (
    "„Keine Ausgabe eines anderen Werks“ angeben: in der Pflege beim Dokument, oder in seiner Begleitdatei und neu einlesen."
)
REACHABLE = f"bleibt erreichbar, mit „auch ältere Ausgaben“. Sind es verschiedene Werke, bitte bei einem {STANDALONE}"


def tell_changes(
    documents: Mapping[str, Document], before: Mapping[str, str], newer_of: Mapping[str, str], today: date
) -> Iterator[str]:
    """Yield what has changed between two states of the links; `documents` are those there are now, by id."""
    for document_id, newer in sorted(newer_of.items()):
        if before.get(document_id) == newer:
            continue
        if before.get(newer) == document_id:
            yield _tell_exchange(documents[newer], documents[document_id], today)
        elif not _is_told_elsewhere(document_id, newer, before, newer_of):
            yield _tell_link(documents[newer], documents[document_id])
    for document_id in sorted((before.keys() - newer_of.keys()) & documents.keys()):
        if newer_of.get(before[document_id]) != document_id:
            yield f"{_name(documents[document_id])} antwortet wieder selbst: Es steht keine neuere gültige Ausgabe mehr dafür."


def tell_lookalikes(documents: Mapping[str, Document], pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a notice for each pair of documents that look like one work without telling which of them is the newer."""
    for first, second in pairs:
        yield (
            f"{_name(documents[first])} und {_name(documents[second])} sehen wie dasselbe Werk aus, aber weder Jahr noch "
            "Auflage sagen, welches das neuere ist; deshalb antworten beide. Bitte Erscheinungsjahr oder Auflage angeben oder, "
            f"wenn es verschiedene Werke sind, bei einem {STANDALONE}"
        )


def _is_told_elsewhere(document_id: str, newer: str, before: Mapping[str, str], newer_of: Mapping[str, str]) -> bool:
    """Tell whether a document stood behind another before, and the change from that one to `newer` has its own notice."""
    former = before.get(document_id)
    return former is not None and (newer_of.get(former) == newer or before.get(newer) == former)


def _tell_exchange(first: Document, second: Document, today: date) -> str:
    until = second.metadata.valid_until
    reason = f", denn dessen Gültigkeit endete am {german_date(until)}" if until is not None and until < today else ""
    return f"{_name(first)} antwortet jetzt an Stelle von {_name(second)}{reason}. Die zweite {REACHABLE}"


def _tell_link(first: Document, second: Document) -> str:
    kind = "neuere Ausgabe" if is_newer(first.metadata, second.metadata) else "andere Fassung"
    return f"{_name(first)} ist eine {kind} von {_name(second)}. In der Suche antwortet nur die erste; die zweite {REACHABLE}"


def _name(document: Document) -> str:
    known = document.metadata
    file = document.location.replace("\\", "/").rsplit("/", 1)[-1]
    number = f"{known.edition}. Auflage, " if known.edition is not None else ""
    return f"„{known.title}“ ({number}{known.year if known.year is not None else 'o. J.'}, {file})"
