from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.editions import choose_newest, link_editions, name_work, read_newer_editions
from search_service.documents import Document, Metadata, Passage, make_passage_ids
from search_service.knowledge_base.store import KnowledgeBase

TODAY = date(2026, 11, 22)
WORDS = """
Betrieb Schicht Planung Pause Rat Gremium Werk Halle Team Leitung Schulung Daten System Regel Antrag Frist Kosten Nutzen
Ziel Weg Folge Grund Recht Pflicht Tag Woche Monat Jahr Arbeit Zeit Technik Gerät Modell Muster Beispiel
"""


def write(seed: int, words: int = 800) -> list[str]:
    """Return passages of ten sentences each, the same ones for the same seed."""
    chance, words_of_work = random.Random(seed), WORDS.split()
    sentences = [" ".join(chance.choice(words_of_work) for _ in range(10)) + "." for _ in range(words // 10)]
    return [" ".join(sentences[start : start + 10]) for start in range(0, len(sentences), 10)]


def rewrite(texts: list[str], share: float, seed: int = 99) -> list[str]:
    """Return the passages with a share of their sentences replaced."""
    chance = random.Random(seed)
    other = iter(write(seed + 1, 100_000))
    fresh = iter([sentence for text in other for sentence in text.split(". ")])
    return [
        " ".join(f"{next(fresh)}." if chance.random() < share else f"{sentence}." for sentence in text.rstrip(".").split(". "))
        for text in texts
    ]


def put(knowledge_base: KnowledgeBase, name: str, texts: list[str], **known: Any) -> str:
    """Put a document and return its id."""
    ids = make_passage_ids(name, texts)
    indexed_at = known.pop("indexed_at", datetime(2026, 1, 1, tzinfo=UTC))
    metadata = Metadata(**{"title": name, **known})
    document = Document(name, f"/texte/{name}.pdf", name, "application/pdf", 1, 5, indexed_at, metadata)
    passages = [Passage(id, name, number, text) for number, (id, text) in enumerate(zip(ids, texts, strict=True))]
    knowledge_base.put(document, passages, None)
    return name


def links(knowledge_base: KnowledgeBase) -> dict[str, str]:
    return {document.id: document.newer_edition for document in knowledge_base.documents() if document.newer_edition}


@pytest.fixture
def knowledge_base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase(tmp_path) as opened:
        yield opened


def test_the_newest_edition_answers_for_the_older_ones(knowledge_base: KnowledgeBase) -> None:
    text = write(1)
    put(knowledge_base, "a2021", text, title="Gute Arbeit", year=2021, publisher="HUB")
    put(knowledge_base, "b2023", rewrite(text, 0.2), title="Gute Arbeit, 2. Auflage", year=2023, publisher="HUB")
    put(knowledge_base, "c2025", rewrite(text, 0.5), title="Gute Arbeit. 3., überarbeitete Auflage", year=2025, publisher="HUB")
    put(knowledge_base, "fremd", write(2), title="Gute Arbeit", year=2026, publisher="HUB")
    notices = link_editions(knowledge_base, TODAY)
    assert links(knowledge_base) == {"a2021": "c2025", "b2023": "c2025"}
    assert len(notices) == 2
    assert notices[0].startswith(
        "„Gute Arbeit. 3., überarbeitete Auflage“ (2025, c2025.pdf) ist eine neuere Ausgabe von "
        "„Gute Arbeit“ (2021, a2021.pdf). In der Suche antwortet nur die erste"
    )


def test_linking_again_changes_and_says_nothing(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "alt", write(1), year=2021)
    put(knowledge_base, "neu", write(1), year=2025)
    link_editions(knowledge_base, TODAY)
    knowledge_base.publish()
    assert link_editions(knowledge_base, TODAY) == ()
    assert knowledge_base.publish() is None


def test_a_part_is_no_edition_of_its_whole(knowledge_base: KnowledgeBase) -> None:
    whole = write(1, 3000)
    put(knowledge_base, "handbuch", whole, title="Handbuch", year=2022, publisher="HUB")
    put(knowledge_base, "kapitel", whole[:6], title="Handbuch", year=2024, publisher="HUB")
    assert link_editions(knowledge_base, TODAY) == ()
    assert links(knowledge_base) == {}


def test_two_works_of_one_series_are_kept_apart_and_unlike_titles_need_the_same_text(knowledge_base: KnowledgeBase) -> None:
    text = write(1)
    put(knowledge_base, "bericht2024", write(3), title="Jahresbericht 2024", year=2024, publisher="HUB")
    put(knowledge_base, "bericht2025", rewrite(write(3), 0.9), title="Jahresbericht 2025", year=2025, publisher="HUB")
    put(knowledge_base, "pflege", text, title="Dienste in der Pflege", year=2024)
    put(knowledge_base, "logistik", rewrite(text, 0.3), title="Touren in der Logistik", year=2025)
    link_editions(knowledge_base, TODAY)
    assert links(knowledge_base) == {}


def test_the_same_words_in_two_formats_are_one_work_whatever_the_titles(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "docx", write(1), title="Endfassung", indexed_at=datetime(2026, 1, 1, tzinfo=UTC))
    put(knowledge_base, "pdf", write(1), title="Gute Arbeit", indexed_at=datetime(2026, 2, 1, tzinfo=UTC))
    (notice,) = link_editions(knowledge_base, TODAY)
    assert links(knowledge_base) == {"docx": "pdf"}
    assert "eine andere Fassung von „Endfassung“ (o. J., docx.pdf)" in notice


@pytest.mark.parametrize("years", [(None, None), (None, 2021), (2021, 2021)])
def test_where_nothing_tells_which_is_the_newer_both_answer_and_a_notice_says_so_once(
    knowledge_base: KnowledgeBase, years: tuple[int | None, int | None]
) -> None:
    put(knowledge_base, "eins", write(1), title="Gute Arbeit", year=years[0])
    put(knowledge_base, "zwei", rewrite(write(1), 0.03), title="Gute Arbeit", year=years[1])
    (notice,) = link_editions(knowledge_base, TODAY)
    assert links(knowledge_base) == {}
    assert "sehen wie dasselbe Werk aus" in notice
    assert "„Keine Ausgabe eines anderen Werks“" in notice
    assert link_editions(knowledge_base, TODAY) == ()


def test_the_number_of_the_edition_decides_where_no_year_is_known(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "zweite", write(1), title="Gute Arbeit", edition=2)
    later = datetime(2026, 3, 1, tzinfo=UTC)
    put(knowledge_base, "erste", rewrite(write(1), 0.1), title="Gute Arbeit", edition=1, indexed_at=later)
    (notice,) = link_editions(knowledge_base, TODAY)
    assert links(knowledge_base) == {"erste": "zweite"}
    assert notice.startswith("„Gute Arbeit“ (2. Auflage, o. J., zweite.pdf) ist eine neuere Ausgabe von")


def test_what_is_said_to_stand_alone_is_not_linked(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "alt", write(1), year=2021)
    put(knowledge_base, "neu", write(1), year=2025)
    link_editions(knowledge_base, TODAY)
    put(knowledge_base, "neu", write(1), year=2025, standalone=True)
    (notice,) = link_editions(knowledge_base, TODAY)
    assert links(knowledge_base) == {}
    assert notice.startswith("„alt“ (2021, alt.pdf) antwortet wieder selbst")


def test_an_expired_edition_does_not_answer_and_a_removed_one_neither(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "alt", write(1), year=2021)
    put(knowledge_base, "neu", write(1), year=2025, valid_until=date(2026, 12, 31))
    link_editions(knowledge_base, TODAY)
    assert links(knowledge_base) == {"alt": "neu"}
    link_editions(knowledge_base, date(2027, 1, 1))
    assert links(knowledge_base) == {"neu": "alt"}
    knowledge_base.remove(["alt"])
    assert links(knowledge_base) == {}


def test_a_new_reading_of_known_editions_is_no_news(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "alt", write(1), year=2021)
    put(knowledge_base, "neu", write(1), year=2025)
    link_editions(knowledge_base, TODAY)
    before = read_newer_editions(knowledge_base)
    put(knowledge_base, "alt", write(1), year=2021)
    assert link_editions(knowledge_base, TODAY, before) == ()
    assert links(knowledge_base) == {"alt": "neu"}


def test_what_a_removed_edition_stood_for_is_said_to_answer_again(knowledge_base: KnowledgeBase) -> None:
    for name, year in (("alt", 2021), ("mittel", 2023), ("neu", 2025)):
        put(knowledge_base, name, write(1), year=year)
    link_editions(knowledge_base, TODAY)
    before = read_newer_editions(knowledge_base)
    knowledge_base.remove(["neu"])
    (notice,) = link_editions(knowledge_base, TODAY, before)
    assert notice.startswith("„mittel“ (2023, mittel.pdf) antwortet wieder selbst")
    assert links(knowledge_base) == {"alt": "mittel"}
    before = read_newer_editions(knowledge_base)
    knowledge_base.remove(["alt", "mittel"])
    assert link_editions(knowledge_base, TODAY, before) == ()


def test_an_expired_edition_is_one_change_with_one_notice(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "alt", write(1), year=2021)
    put(knowledge_base, "mittel", write(1), year=2023)
    put(knowledge_base, "neu", write(1), year=2025, valid_until=date(2026, 12, 31))
    link_editions(knowledge_base, TODAY)
    (notice,) = link_editions(knowledge_base, date(2027, 1, 1))
    assert notice.startswith("„mittel“ (2023, mittel.pdf) antwortet jetzt an Stelle von „neu“ (2025, neu.pdf), denn")
    assert "endete am 31. Dezember 2026" in notice


def test_the_notice_names_every_way_to_the_older_edition(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "alt", write(1), year=2021)
    put(knowledge_base, "neu", write(1), year=2025)
    (notice,) = link_editions(knowledge_base, TODAY)
    ways = ("„auch ältere Ausgaben“", "„Keine Ausgabe eines anderen Werks“", "in der Pflege", "in seiner Begleitdatei")
    assert all(way in notice for way in ways)


def test_a_changed_document_is_compared_anew(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "alt", write(1), year=2021)
    put(knowledge_base, "neu", write(1), year=2025)
    link_editions(knowledge_base, TODAY)
    put(knowledge_base, "alt", write(5), year=2021)
    link_editions(knowledge_base, TODAY)
    assert links(knowledge_base) == {}


def test_leaflets_of_a_few_words_are_never_linked(knowledge_base: KnowledgeBase) -> None:
    for number in (1, 2):
        put(knowledge_base, f"blatt{number}", ["Gute Schichtplanung braucht Vorlauf und Ruhe im Betrieb."], title="Merkblatt")
    assert link_editions(knowledge_base, TODAY) == ()


def test_valid_comes_before_new_and_new_before_lately_taken_in() -> None:
    def edition(name: str, year: int | None, valid_until: date | None, day: int) -> Document:
        known = Metadata(name, year=year, valid_until=valid_until)
        return Document(name, name, name, "", 1, None, datetime(2026, 1, day, tzinfo=UTC), known)

    expired = edition("a", 2026, date(2026, 11, 21), 9)
    last_day = edition("b", 2024, TODAY, 1)
    newer = edition("c", 2025, None, 1)
    later = edition("d", 2025, None, 2)
    undated = edition("e", None, None, 9)
    assert choose_newest([expired, last_day], TODAY) == last_day
    assert choose_newest([last_day, newer], TODAY) == newer
    assert choose_newest([later, newer, undated], TODAY) == later
    filed = replace(newer, metadata=replace(newer.metadata, collection="wissen", topics=("ki",)))
    assert choose_newest([filed, later], TODAY) == filed


@pytest.mark.parametrize(
    "title",
    [
        "Mobile Arbeit regeln, 2., überarbeitete Auflage 2024", "Mobile Arbeit regeln – Version 3.1",
        "Mobile Arbeit regeln (Stand: Juli 2025)", "Mobile Arbeit regeln 2023/24",
        "Mobile Arbeit regeln. Zweite, aktualisierte und erweiterte Auflage", "MOBILE ARBEIT REGELN: Ausgabe 2025",
    ],
)  # fmt: skip
def test_the_edition_is_no_part_of_the_name_of_a_work(title: str) -> None:
    assert name_work(title) == name_work("Mobile Arbeit regeln")
