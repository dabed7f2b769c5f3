"""Repair of text: cases worked by hand, idempotence, and sound text that must stay as it is."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean

ROOT = Path(__file__).parents[2]
# The letters and marks that the repairs act on, so that random texts meet them.
TROUBLE = st.text(
    st.sampled_from(
        "aouAOUxyZ \u00a8\u0308\u00ad\x02\ufffe\ufb01\ufb00\u200b\u00a0\n\r-\u2011„“ \uf0b7\ue000\x00.,1():Ã¤Â§㎡Ａ"
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Quali\ufb01zierung o\ufb00en e\ufb03zient", "Qualifizierung offen effizient"),
        ("F¨orderung f¨ur K¨aufer", "Förderung für Käufer"),
        ("Fo¨rderung fu¨r Ka¨ufer", "Förderung für Käufer"),
        ("Fo ¨rderung U ¨bung", "Förderung Übung"),
        ("Fo\u0308rderung", "Förderung"),
        ("Weiter\u00adbildung", "Weiterbildung"),
        ("Förde\x02rung", "Förderung"),
        ("IT\x02Sicherheit", "IT-Sicherheit"),
        ("Förder\x02und Beratung", "Förder- und Beratung"),
        ("§\u00a087  Abs.\t1", "§ 87 Abs. 1"),
        ("\uf0b7 Punkt", "• Punkt"),
        ("sagt „ gut“", "sagt „gut“"),
        ("sagt „ sehr gut “.", "sagt „sehr gut“."),
        ("eins\r\n\r\n zwei \x0cdrei", "eins\nzwei\ndrei"),
        ("ＫＩ ２０２４ im Ⅱ. Quartal", "KI 2024 im II. Quartal"),
        ("12 ㎡, 5 ㎏, 20 ℃", "12 m², 5 kg, 20 °C"),
        ("FÃ¶rderung fÃ¼r BeschÃ¤ftigte â€“ Â§ 5, GrÃ¶ÃŸe", "Förderung für Beschäftigte – § 5, Größe"),
        ("\u00c3\u009cbung \u00e2\u0080\u0093 \u00c3\u0084rger", "Übung – Ärger"),
        ("W i c h t i g !", "Wichtig!"),
        ("Der B e t r i e b s r a t tagt", "Der Betriebsrat tagt"),
        ("W i c h t i g  f ü r  a l l e", "Wichtig für alle"),
        ("D e r B e t r i e b s r a t", "Der Betriebsrat"),
        ("A C H T U N G", "ACHTUNG"),
        ("derBetriebsrat imUnternehmen", "der Betriebsrat im Unternehmen"),
        ("Gute Arbeit.Die Leitung", "Gute Arbeit. Die Leitung"),
        ("Arbeit , Zeit ; Geld .", "Arbeit, Zeit; Geld."),
        ("Es gilt : Nichts", "Es gilt: Nichts"),
        ("Kurz ( z. B. heute ) gesagt", "Kurz (z. B. heute) gesagt"),
    ],
)
def test_repairs_what_files_do_to_german_text(broken: str, whole: str) -> None:
    assert clean(broken) == whole


@pytest.mark.parametrize(
    "sound",
    [
        "iPhone, GmbH, BetrVG, eBay, LaTeX, InDesign, PowerPoint und BMWi",
        "DSGVO-konform, z.B. nach Nr.3 im e.V. unter www.x.Y und Node.js",
        "Die Datei Bericht.Final.docx, System.Out und Arbeit.Wandel e. V.",
        "MitarbeiterInnen und forEach, inArray, isValid",
        "120 m², ½ Liter, 10⁻³, Fußnote¹ und ① … Ende",
        "a b c d, x y z, N O S W, G m b H und A A B B",
        "Maßstab 1 : 2, Smiley :-) und .NET, ( ) ja ( ) nein",
        "Er ging ... Dann kam er. Und [ -f datei ] in Klammern",
        "Château, naïve Ångström, Łódź und „Was?“",
        "Schöne Ärzte aus Ägypten über Öfen",
        "Förder- und Beratungsangebote – IT-Sicherheit",
        "Москва и עברית stehen hier",
    ],
)
def test_leaves_alone_what_is_meant(sound: str) -> None:
    assert clean(sound) == sound


@given(st.one_of(TROUBLE, st.text(max_size=60)))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=60))
def test_clean_text_has_no_stray_blanks_and_can_be_written(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert all(line == line.strip() and "  " not in line and line for line in cleaned.split("\n") if cleaned)


@given(st.text("abcdefghijklmnopqrstuvwxyzäöüßABCDEFÄÖÜ .,;:!?0123456789-–§()\n", max_size=80))
def test_sound_text_only_loses_and_gains_blanks(text: str) -> None:
    assert "".join(clean(text).split()) == "".join(text.split())


def sound_lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("folder", ["wissen", "beratung", "erfolg", "praxisprojekte", "lernreisen", "sources"])
def test_the_texts_of_the_corpus_stay_as_they_are(folder: str) -> None:
    files = [path for path in (ROOT / "corpus" / folder).iterdir() if path.suffix in {".md", ".txt", ".typ"}]
    lines = [line for path in files for line in sound_lines(path.read_text("utf-8"))]
    assert len(lines) > 20
    assert [line for line in lines if clean(line) != line] == []


def test_ordinary_sentences_stay_as_they_are() -> None:
    lines = sound_lines((ROOT / "tests" / "data" / "german_sentences.txt").read_text("utf-8"))
    sound = [line for line in lines if unicodedata.is_normalized("NFKC", line) and not set(line) & set("\u00ad\u200b")]
    assert len(sound) > 40
    assert [line for line in sound if clean(line) != line] == []
