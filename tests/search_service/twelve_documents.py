"""Twelve short documents, for rankings a person can read."""

from __future__ import annotations

from search_service.knowledge_base.store import KnowledgeBase
from tests.search_service.hand_made import put


def fill(knowledge_base: KnowledgeBase) -> None:
    """Twelve documents; the stand-in's "meaning" is the whole word, so only equal forms are near each other."""
    put(
        knowledge_base,
        "fachkraft",
        ["Der Fachkräftemangel bremst das Handwerk. Fachkräfte fehlen."],
        year=2024,
        collection="wissen",
        type="study",
        sectors=("handwerk",),
        topics=("fachkraefte",),
    )
    put(
        knowledge_base,
        "azubi",
        ["Gegen den Mangel an Fachkräften hilft Ausbildung."],
        year=2022,
        collection="beratung",
        type="advice",
        topics=("fachkraefte", "qualifizierung"),
    )
    put(
        knowledge_base,
        "schicht",
        ["Gute Schichtplanung braucht Vorlauf.", "Die Planung der Schicht macht das Team.", "Pausen stehen im Schichtplan."],
        year=2023,
        collection="praxisprojekte",
        type="case_report",
        sectors=("industrie",),
        topics=("schichtplanung",),
    )
    put(
        knowledge_base,
        "dienst",
        ["Der Dienstplan hängt am Montag aus. Schichten werden getauscht."],
        year=2021,
        collection="erfolg",
        sectors=("gesundheit",),
        topics=("schichtplanung",),
    )
    put(
        knowledge_base,
        "recht",
        ["Der Betriebsrat bestimmt mit: § 87 Abs. 1 Nr. 6 BetrVG.", "Die Einigungsstelle entscheidet im Streit."],
        year=2025,
        collection="wissen",
        type="guide",
        topics=("mitbestimmung",),
        audience=("betriebsrat",),
    )
    put(
        knowledge_base,
        "wandel",
        ["Betriebsänderungen regelt § 111 BetrVG."],
        year=2025,
        collection="wissen",
        type="guide",
        topics=("mitbestimmung",),
    )
    put(
        knowledge_base,
        "sicher",
        ["IT-Sicherheit beginnt mit guten Passwörtern."],
        year=2020,
        collection="wissen",
        topics=("it-sicherheit",),
    )
    put(
        knowledge_base,
        "cobot",
        ["Der Cobot hebt schwere Teile. Das entlastet die Belegschaft."],
        year=2024,
        collection="praxisprojekte",
        sectors=("industrie",),
        topics=("robotik",),
    )
    put(
        knowledge_base,
        "haus",
        ["Die Häuser der Pflege führen Tablets ein."],
        year=2024,
        collection="erfolg",
        sectors=("gesundheit",),
        publisher="Zukunfts-HUB",
    )
    put(
        knowledge_base,
        "geld",
        ["Förderung gibt es bis zur Hälfte der Kosten."],
        collection="beratung",
        type="funding",
        topics=("foerderung",),
    )
    put(knowledge_base, "reise", ["Die Lernreise führt nach Duisburg."], year=2026, collection="lernreisen", type="event")
    put(knowledge_base, "lager", ["Im Lager liegen Handschuhscanner."], year=2024, collection="erfolg", sectors=("logistik",))
