"""What becomes of a link to a passage: the pure part, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search_service.documents import Page, Passage
from search_service.errors import NotFound
from search_service.knowledge_base.former import FormerPassage
from search_service.knowledge_base.generation import load_generation
from search_service.knowledge_base.store import KnowledgeBase
from search_service.language import Language
from search_service.permalinks import Permalink, PermalinkState, find_permalink, find_successor
from search_service.site.interface_texts import load_texts
from search_service.site.permalink_view import view_permalink
from tests.search_service.hand_made import hand_made, put

GONE_AT = datetime(2026, 4, 1, 8, tzinfo=UTC)
TEXTS = load_texts()[Language.STANDARD]["permalink"]
FORMER = FormerPassage("p-alt", "d-a", 4, ("Regeln", "Pausen"), (Page(7),), GONE_AT)


@pytest.fixture
def knowledge_base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        yield knowledge_base


def passage(ordinal: int, heading_path: tuple[str, ...] = (), page: int | None = None) -> Passage:
    return Passage(f"p{ordinal}", "d-a", ordinal, "Text", heading_path, (Page(page),) if page else ())


def find(knowledge_base: KnowledgeBase, passage_id: str) -> Permalink:
    number = knowledge_base.publish() or knowledge_base.list_generations()[0].number
    return find_permalink(load_generation(knowledge_base.root, number), passage_id)


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ([], None),
        ([passage(0)], 0),
        ([passage(0), passage(3), passage(5), passage(9)], 3),  # of two equally near the earlier
        ([passage(4), passage(8, page=7)], 8),  # on its page
        ([passage(4, page=7), passage(20, ("Regeln", "Pausen"))], 20),  # under its headings
        ([passage(2, ("Regeln", "Pausen")), passage(9, ("Regeln", "Pausen"), 7)], 9),  # under its headings on its page
        ([passage(4, ("Regeln",)), passage(6, ("Regeln", "Pausen"))], 6),  # the headings above are not the same
    ],
)
def test_the_successor_stands_under_the_same_headings_on_the_same_page_or_nearest(
    passages: list[Passage], expected: int | None
) -> None:
    found = find_successor(FORMER, passages)
    assert (found.ordinal if found else None) == expected


def test_a_passage_goes_through_all_its_states(knowledge_base: KnowledgeBase) -> None:
    document, passages = hand_made("a", ["Alt", "Bleibt"])
    knowledge_base.put(document, passages, None)
    old = passages[0].id
    current = find(knowledge_base, old)
    assert (current.state, current.passage, current.document, current.since) == ("current", passages[0], document, None)

    changed_at = replace(document, indexed_at=GONE_AT)
    knowledge_base.put(changed_at, hand_made("a", ["Neu", "Bleibt"])[1], None)
    changed = find(knowledge_base, old)
    assert (changed.state, changed.since, changed.document) == (PermalinkState.CHANGED, GONE_AT, changed_at)
    assert changed.passage is not None
    assert changed.passage.text == "Neu"

    knowledge_base.withdraw(document.id, "Falsche Zahlen")
    withdrawn = find(knowledge_base, old)
    assert (withdrawn.state, withdrawn.title, withdrawn.reason) == (PermalinkState.WITHDRAWN, "A", "Falsche Zahlen")
    assert (withdrawn.document, withdrawn.passage) == (None, None)
    assert find(knowledge_base, passages[1].id).state is PermalinkState.WITHDRAWN

    knowledge_base.restore(document.id)
    assert find(knowledge_base, old) == changed
    knowledge_base.remove([document.id])
    removed = find(knowledge_base, passages[1].id)
    assert (removed.state, removed.title, removed.reason) == (PermalinkState.REMOVED, "A", None)

    knowledge_base.put(document, passages, None)
    assert find(knowledge_base, old) == current


@pytest.mark.parametrize("unknown", ["p0123456789abcdef", "", "\ud800", "\0", "d-a", "x" * 5000])
def test_an_id_nobody_has_had_is_not_found(knowledge_base: KnowledgeBase, unknown: str) -> None:
    put(knowledge_base, "a", ["Text"])
    with pytest.raises(NotFound, match="ist keine Textstelle bekannt"):
        find(knowledge_base, unknown)


def test_a_document_without_passages_still_has_its_page(knowledge_base: KnowledgeBase) -> None:
    document, passages = hand_made("a", ["Alt"])
    knowledge_base.put(document, passages, None)
    knowledge_base.put(document, [], None)
    view = view_permalink(find(knowledge_base, passages[0].id), TEXTS)
    assert view.links == (("Zum Anfang des Dokuments", "/dokument/d-a"),)
    assert "Bitte im Dokument nachsehen" in view.advice


def test_the_page_says_what_happened_since_when_where_it_stood_and_where_to_go() -> None:
    document, (successor,) = hand_made("a", ["Neu"])
    changed = Permalink(
        "p-alt", PermalinkState.CHANGED, "d-a", "Leitfaden", "application/pdf", ("Regeln", "Pausen"), (Page(7, "iv", "print"),),
        document, successor, GONE_AT,
    )  # fmt: skip
    view = view_permalink(changed, TEXTS)
    assert view.heading == "Der Text hinter diesem Link hat sich geändert"
    assert "am 1. April 2026 neu aufgenommen" in view.told
    assert view.facts == (
        ("Dokument", "Leitfaden"),
        ("Abschnitt damals", "Regeln › Pausen"),
        ("Seite damals", "S. iv (PDF-Seite 7)"),
    )
    assert view.links == (
        ("Zur heutigen Textstelle", f"/dokument/d-a#{successor.id}"),
        ("Zum Anfang des Dokuments", "/dokument/d-a"),
    )
    gone = view_permalink(
        replace(changed, state=PermalinkState.WITHDRAWN, document=None, passage=None, reason="Veraltet"), TEXTS
    )
    assert (gone.links, gone.reason) == ((), "Veraltet")
    assert "am 1. April 2026 zurückgezogen" in gone.told
    assert (
        "am 1. April 2026 aus der Wissensdatenbank entfernt"
        in view_permalink(replace(changed, state=PermalinkState.REMOVED, document=None, passage=None), TEXTS).told
    )
