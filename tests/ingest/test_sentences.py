"""Where German sentences end: a golden labelled by hand, and laws."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import split_sentences

# "|" stands where one sentence ends and the next begins. Every other mark before a blank is a border that is none.
GOLDEN = """
Das gilt z. B. Montags.
Das gilt z.B. Montags.| Dienstags gilt es nicht.
Am 3. Oktober 2025 beginnt der Lehrgang.| Er dauert bis zum 14. November.
Nach § 87 Abs. 1 Nr. 6 BetrVG bestimmt der Betriebsrat mit.| § 90 BetrVG gilt daneben.
Prof. Dr. A. Müller sprach im II. Quartal.| Dr. h. c. Schmidt hörte zu.
Vgl. Art. 4 KI-VO.| Das sind ca. 12 Mio. Euro.| 20 Mrd. Euro kamen dazu.
Wer trägt es?| „Der Arbeitgeber.“| Das steht im Gesetz von 2021.| Danach kam nichts!| (Stand heute.)| § 5 gilt.
Gefördert werden u. a. Betriebe im Handwerk.| Das gilt i. d. R. Mitte des Jahres.| Das gilt im Handwerk u. a.| Das reicht.
Siehe S. 12 ff. BetrVG.| Siehe S. 12 ff.| Das reicht.
Das Gesetz bzw. Die Verordnung gilt, s. Abb. 3 und Tab. 4.| Anders Abb. 5.
Es gibt Tische, Stühle, Lampen usw.| Danach kam der Umzug.
Es gibt Tische, Stühle usw.| Betriebe zahlen sie selbst.
Es gibt Möbel (Tische, Stühle usw.) Anderes fehlt nicht.
Sie nutzen Excel, Word etc.| Die Daten liegen im Haus.
Das regelt Nr. 5.| Danach gilt Nr. 6.| Und Nr. 7?| Nach Abs. 2 Nr. 3.| Anderes gilt nicht.
Im 19. Jahrhundert entstand die Fabrik.| Im 21. Jahrhundert entsteht sie neu.
Am 3. 10. 2024 ruht die Arbeit.| Am 24.12. Mittags schließt der Betrieb.
Der Wert stieg um 3.5 Punkte.| Er lag bei 1.000.| Im Vorjahr waren es 900.| Mehr nicht.
Träger ist der Verein Arbeit und Leben e. V.| Er sitzt in Essen.
Träger ist der Arbeit und Leben e. V. Berlin.| Er ist gemeinnützig.
Träger ist die Muster GmbH & Co. KG.| Sie haftet.
„Das lohnt sich.“| Der Meister nickte.| „Wirklich?“| „Ja!“| Dann gingen sie.
„Lohnt sich das?“, fragte der Meister.| „Ja!“ rief sie.
Er sagte: „Das geht nicht.“| Sie schwieg.
Es gilt: Der Arbeitgeber zahlt.| Drei Dinge zählen: Zeit, Geld und Ruhe.
Das war … Unsinn.| Er zögerte …| Dann ging er.| Er ging…| Niemand folgte.
Und so weiter ...| Der Rest fehlt.| Das war ... Unsinn.
1. Die Betriebe prüfen den Bedarf.| 2. Danach stellen sie den Antrag.| 3. Der Bescheid kommt.
I. Die Grundlagen stehen fest.| II. Das Verfahren nicht.
a) Die Leitung entscheidet.| b) Der Betriebsrat stimmt zu.
A. Die Grundlagen stehen fest.
Mehr steht unter www.example.org.| Dort gibt es Vorlagen.| Siehe https://example.org/a.html.| Das hilft.
Schreiben Sie an info@example.org.| Wir antworten.
Die Norm gilt seit 1. Januar.| Sie ersetzt die Fassung vom 31. Dezember.
Das Lager steht in der Hauptstr. 5.| Die Halle ist neu.
Die Sitzung beginnt um 8.30 Uhr.| Sie endet um 10 Uhr.| Um 12.| Zu spät ist es um 13.
Nach Art. 6 Abs. 1 lit. b DSGVO i. V. m. § 26 BDSG ist das erlaubt.| Lit. c gilt nicht.
Das entschied das BAG, Urt. v. 13. September 2022, Az. 1 ABR 22/21.| Es band alle.
Der Umsatz betrug 1,2 Mio.| Der Gewinn war klein.
Sie arbeitet im Team A.| Das Team B wartet.| Mit Vitamin C.| Das hilft.
J. W. v. Goethe schrieb das.| Er war u. a. Jurist.| Auch G. Keller schrieb.
Im 20. Jh. entstand viel.| Das 18. Jh. kannte keins.
Kosten max. Euro 500.| Dauer mind. Tage fünf.| Das sind rd. Zwei Drittel.
Das Kapitel (vgl. Kap. 3) ist lang.| Das gilt nicht.
Ist das erlaubt?!| Ja.| Wirklich??| Nein.
Der Wert (?) Müllers ist offen.
Frauen, Männer u. v. m.| Betriebe laden alle ein.
Er kam aus Frankfurt a. M.| Seine Frau kam aus Essen.
Sie wohnt in Frankfurt a. M.| Dort arbeitet sie.
Die Betriebe wachsen.| – Der Bedarf auch.
Die Maschine läuft.| „Sie läuft gut.“| (Sie ist neu.)| [Quelle fehlt.]| Ende.
Das ist so.| Übrigens: Ärger gab es nicht.| Öfter schon.
Das Gesetz gilt ab 2024.| 2025 wird es geändert.| 30 Betriebe klagen.
Der Betrieb hat 250 Beschäftigte.| 30 davon sind neu, vgl. Tab. 2.
Das steht in Bd. 2, Hrsg. Müller, 3. Aufl. 2019.| Weiteres fehlt.
Die Abt. Einkauf prüft.| Die Leitung, Tel. 0201 12, hilft.
Zzgl. MwSt. Höhe 19 Prozent.| Inkl. Versand 125 Euro.
Das gilt insb. Pflegekräften.| Die Pflege gem. Satz 1 zählt.
Die Frist endet am 5.| Das ist ein Montag.| Das Amt schließt um 3.| Dann ist Ruhe.
Wir danken Hrn. Meier.| Und Fr. Dr. Schulz.
Jede dritte Firma, d. h. Die meisten nicht, zahlt.
Alles gut!| Weiter so.| Yes.
Das Projekt läuft bis Dez. 2025.| Start war im Okt.| Das Team wuchs.
• Erster Punkt.| • Zweiter Punkt.
Die EU-Verordnung ist da.| Und die KI?
"""


def read_golden() -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in GOLDEN.strip().splitlines()]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize("whole", read_golden(), ids=lambda whole: whole[0][:40])
def test_sentences_end_where_a_reader_says(whole: list[str]) -> None:
    assert sentences(" ".join(whole)) == whole


def test_the_golden_holds_enough_borders_and_false_borders() -> None:
    borders = sum(len(whole) - 1 for whole in read_golden())
    marks = sum(len(re.findall(r"[.!?…:][“”»)\]]*\s", " ".join(whole))) for whole in read_golden())
    assert borders >= 60
    assert marks - borders >= 60


@given(st.text("abcÄ .!?1„“()…\n", max_size=60))
def test_no_character_but_blanks_falls_between_sentences(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(st.text("abcÄ .!?1„“()…\n", max_size=60))
def test_spans_are_ascending_and_hold_more_than_blanks(text: str) -> None:
    end = 0
    for start, stop in split_sentences(text):
        assert end <= start < stop <= len(text)
        assert text[start:stop].strip()
        end = stop
