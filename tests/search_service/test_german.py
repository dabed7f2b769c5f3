"""German words: one analysis for texts and questions."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search_service.german import (
    LINKING_ELEMENTS,
    MAX_COMPOUND,
    MAX_PARTS,
    MIN_PART,
    Splitter,
    complete,
    find_shortened,
    find_words,
    load_stopwords,
    make_word_matcher,
    normalize,
    split_hyphens,
    stem,
    tokenize,
    umlauts_of,
)

VOCABULARY = [
    "mangel", "fachkraft", "fachkraefte", "schicht", "planung", "betrieb", "rat", "betriebsrat", "schule", "buch", "miete",
    "vertrag", "arbeit", "zeit", "erfassung", "gesundheit", "schutz", "förderung", "antrag", "sicherheit",
]  # fmt: skip


def make_splitter(words: list[str] | None = None) -> Splitter:
    return Splitter({normalize(word): 3 for word in (VOCABULARY if words is None else words)})


def words_of(text: str) -> list[str]:
    return [token.word for token in tokenize(text)]


def stem_of(word: str) -> str:
    return stem(normalize(word))


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("Größe", "GROESSE"),
        ("Größe", "Gro\u0308ße"),
        ("Grö\u00adße", "Größe"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("Überﬂuss", "Ueberfluss"),
        ("Fach\u200bkräfte", "Fachkraefte"),
    ],
)
def test_spellings_of_one_word_are_normalized_to_one(written: str, same_as: str) -> None:
    assert normalize(written) == normalize(same_as)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("Häuser", "Haus"),
        ("HAEUSER", "Haus"),
        ("Förderung", "Foerderungen"),
        ("Fachkräften", "Fachkräfte"),
        ("Betriebe", "Betrieb"),
        ("neue", "neuen"),
        ("Azubi", "Azubis"),
        ("Büro", "Büros"),
        ("Kita", "Kitas"),
        ("Mitarbeiter", "Mitarbeiterinnen"),
    ],
)
def test_forms_of_one_word_share_their_stem(word: str, other: str) -> None:
    assert stem_of(word) == stem_of(other)


@pytest.mark.parametrize(("word", "other"), [("Mangel", "Mandat"), ("Betrieb", "Betrug"), ("2024", "2025"), ("§ 87", "§ 78")])
def test_different_words_keep_different_stems(word: str, other: str) -> None:
    assert stem_of(word) != stem_of(other)


@pytest.mark.parametrize("written", ["§ 87", "§87", "§\u00a087", "§\n87", "§§ 87"])
def test_a_paragraph_is_one_word_however_it_is_set(written: str) -> None:
    (word,) = words_of(written)
    assert stem(word) == "§87"
    assert not set(word) & {"\n", "\t"}  # words stand one to a line in the index


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("10.000 Euro", ["10000", "euro"]),
        ("10 000 Euro", ["10000", "euro"]),
        ("10\u00a0000 Euro", ["10000", "euro"]),
        ("1.234.567,89", ["1234567.89"]),
        ("3,5 Prozent", ["3.5", "prozent"]),
        ("Industrie 4.0.", ["industri", "4.0"]),
        ("ISO 9001:2015", ["iso", "9001", "2015"]),
        ("am 24.12.2024", ["am", "24", "12", "2024"]),
        ("2.5.1 Ende", ["2.5.1", "end"]),
        ("Seite 2020 100", ["seit", "2020", "100"]),
        ("C++, C# und c", ["c++", "c#", "und", "c"]),
        ("§ 87 100", ["§87", "100"]),
    ],
)
def test_numbers_and_names_with_signs_are_one_word(text: str, stems: list[str]) -> None:
    assert [stem(word) for word in words_of(text)] == stems


@pytest.mark.parametrize("written", ["Nutzer:innen", "Nutzer*innen", "Nutzer_innen", "Nutzer·in", "Nutzer/in", "Nutzer/-innen"])
def test_an_ending_for_all_genders_belongs_to_the_word(written: str) -> None:
    (word,) = words_of(written)
    assert [stem(piece) for piece in split_hyphens(word)] == [stem_of("Nutzer")]
    assert words_of("innen: Art:innenleben, außen/innen") == ["innen", "art", "innenleben", "aussen", "innen"]
    (joined,) = words_of(f"{written}-Daten")
    assert split_hyphens(joined) == ["nutzer", "daten"]


@pytest.mark.parametrize(
    ("word", "umlauts"), [("Mangel", "0"), ("Mängel", "1"), ("Maengeln", "1"), ("Haus", "00"), ("Häuser", "10"), ("Weg", "")]
)
def test_forms_of_a_stem_are_told_apart_by_their_umlauts(word: str, umlauts: str) -> None:
    assert umlauts_of(normalize(word)) == umlauts


def test_words_of_a_sentence_with_their_places() -> None:
    text = "IT-Sicherheit nach § 87a: E-Mails, Aus- und Weiterbildung ’24"
    assert words_of(text) == ["it-sicherheit", "nach", "§ 87a", "e-mails", "aus-", "und", "weiterbildung", "24"]
    assert [text[token.start : token.end] for token in tokenize(text)][2:4] == ["§ 87a", "E-Mails"]


@pytest.mark.parametrize("word", ["Grö\u00adße", "Gro\u0308ße", "Grö\u200bße"])
def test_soft_hyphens_and_split_umlauts_do_not_break_a_word(word: str) -> None:
    (token,) = tokenize(f" {word} ")
    assert (token.word, token.start, token.end) == ("groesse", 1, 1 + len(word))


def test_hyphens_and_apostrophes_part_a_word() -> None:
    assert split_hyphens("it-sicherheit") == ["it", "sicherheit"]
    assert split_hyphens("aus-") == ["aus"]
    assert split_hyphens("geht's") == ["geht", "s"]


def test_stop_words_are_normalized_and_spare_negations() -> None:
    stopwords = load_stopwords()
    assert {"der", "wie", "fuer", "ueber"} <= stopwords
    assert not {"nicht", "kein", "ohne", "arbeit"} & stopwords
    assert all(normalize(word) == word for word in stopwords)


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("Fachkräftemangel", ["Fachkräfte", "Mangel"]),
        ("Schichtplanung", ["Schicht", "Planung"]),
        ("Arbeitszeiterfassung", ["Arbeit", "Zeit", "Erfassung"]),
        ("Gesundheitsschutz", ["Gesundheit", "Schutz"]),
        ("Schulbuch", ["Schule", "Buch"]),
        ("Mietvertrag", ["Miete", "Vertrag"]),
        ("Förderanträge", []),  # "förder" is no word of the vocabulary
        ("Betriebsrat", []),  # "rat" is shorter than any part may be
        ("Mangel", []),
        ("Quellwasser", []),
    ],
)
def test_a_compound_is_split_into_words_that_are_known(compound: str, parts: list[str]) -> None:
    assert make_splitter().split(normalize(compound)) == tuple(map(stem_of, parts))


def test_among_several_tilings_the_more_frequent_words_win() -> None:
    # "staub|ecken" against "stau|becken": geometric means sqrt(1 * 2) and sqrt(50 * 40)
    splitter = Splitter({"staub": 1, "ecken": 2, "stau": 50, "becken": 40})
    assert splitter.split("staubecken") == ("stau", stem("becken"))


def test_a_matcher_finds_forms_compounds_and_hyphenated_words() -> None:
    matches = make_word_matcher(map(stem_of, ["Mangel", "Fachkräfte", "Sicherheit", "§ 87"]), make_splitter())
    found = ["Mangel", "Mangels", "Fachkraeften", "Fachkräftemangel", "IT-Sicherheit", "FACHKRÄFTE-MANGEL", "§ 87"]
    assert [word for word in found if not matches(word)] == []
    assert [word for word in ["Planung", "IT", "Schichtplanung", "87", "", "-"] if matches(word)] == []


def test_parts_of_a_compound_are_marked_as_words_of_their_own_or_two_together() -> None:
    splitter = Splitter({"schicht": 9, "planung": 9, "plan": 9, "arbeit": 9})
    matches = make_word_matcher([], splitter, map(stem_of, ["Schicht", "Planung"]))
    assert [word for word in ["Schicht", "Planungen", "Schichtplanung", "Schichtarbeitsplanung"] if not matches(word)] == []
    assert [word for word in ["Schichtarbeit", "Arbeitsplanung", "Plan"] if matches(word)] == []


def test_a_matcher_passes_over_stop_words_although_stems_collide() -> None:
    assert stem("sich") == stem_of("Sicherheit")
    matches = make_word_matcher([stem_of("Sicherheit")], make_splitter())
    assert matches("Sicherheit")
    assert not matches("sich")


ENUMERATED = [
    "förderung", "förder", "beratung", "angebot", "angebote", "text", "verarbeitung", "gestaltung", "arbeitszeit", "planung",
    "hand", "handel", "versand", "tag", "jahr", "entwicklung", "technik", "kommunikation", "beruf", "erwerb",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Förder- und Beratungsangebote", ["Förderangebote"]),
        ("Beratungs- und Förderangebote", ["Beratungsangebote"]),
        ("Groß-, Einzel- und Versandhandel", ["Großhandel", "Einzelhandel"]),
        ("Tages- bzw. Jahresplanung", ["Tagesplanung"]),
        ("Ein- und Ausgabe", ["Eingabe"]),
        ("vor- und nachgelagert", ["vorgelagert"]),
        ("An- und Verkaufspreise", ["Ankaufspreise"]),
        ("Haupt- oder Erwerbsberuf", ["Hauptberuf"]),
        ("Hardware- und Software-Entwicklung", ["Hardwareentwicklung"]),
        ("IT- und Kommunikationstechnik", ["ITTechnik"]),
        ("Textverarbeitung und -gestaltung", ["Textgestaltung"]),
        ("Arbeitszeitgestaltung, -planung oder -entwicklung", ["Arbeitszeitplanung", "Arbeitszeitentwicklung"]),
        ("Förder- und andere Angebote", []),  # no shared end
        ("Die Förder- gilt. Beratungsangebote", []),  # a sentence of its own
        ("Textverarbeitung. -gestaltung", []),
        ("Textverarbeitung - Gestaltung", []),  # a dash
        ("IT-Planung und Textgestaltung", []),
        ("Covid-19- und Jahresplanung", []),
    ],
)
def test_enumerations_are_completed(text: str, meant: list[str]) -> None:
    splitter = make_splitter(ENUMERATED)
    assert [word for each in find_shortened(text) if (word := complete(each, splitter))] == list(map(normalize, meant))


def test_words_longer_than_any_real_one_are_neither_split_nor_remembered() -> None:
    known = make_splitter(["arbeit", "zeit"])
    four = "arbeit" * 3 + "zeit"
    assert known.split(four) == ("arbeit", "arbeit", "arbeit", "zeit")
    too_long = "arbeits" * 300 + "zeit"
    assert known.split(too_long) == ()
    assert known.last_part(too_long) == ""
    assert stem(too_long + "en") == too_long
    assert words_of(too_long.upper()) == [too_long]


def test_splitting_stays_at_words_of_a_length_that_occurs() -> None:
    tiled = ("schicht" * 3).rjust(MAX_COMPOUND, "x")
    assert len(tiled) == MAX_COMPOUND
    vocabulary = make_splitter(["schicht", tiled.removesuffix("schicht")])
    assert len(vocabulary.split(tiled)) == 2
    assert vocabulary.split("x" + tiled) == ()


def test_a_matcher_knows_what_an_enumeration_means() -> None:
    matches = make_word_matcher([stem_of("Eingabe"), stem_of("Arbeitszeitplanung")], make_splitter(ENUMERATED))
    assert matches("Ein- und Ausgabe")
    assert matches("Arbeitszeitgestaltung und -planung")
    assert not matches("Ab- und Ausgabe")
    assert not matches("Ausgabe")


@given(st.lists(st.sampled_from(["Förder-", "-planung", "und", "Textgestaltung", ",", ".", "(", "- ", "Ein-", "-"])))
def test_shortened_words_and_their_wholes_are_words_of_the_text(pieces: list[str]) -> None:
    text = " ".join(pieces)
    places = set(find_words(text))
    for each in find_shortened(text):
        assert {(each.short.start, each.short.end), (each.whole.start, each.whole.end)} <= places
        assert each.is_beginning == (each.short.start < each.whole.start)


@given(st.text())
@example("ß\u0323ä\u0330")
@example("\u0390ŉİ")
def test_normalizing_twice_changes_nothing(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(st.text(st.characters(codec=None) | st.sampled_from("aZäß§ 87-’_\n\u00ad\u0308"), max_size=80))
def test_tokens_are_in_order_and_lie_in_the_text(text: str) -> None:
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        assert token.word == " ".join(normalize(text[token.start : token.end]).split()) != ""
        end = token.end


@given(st.text())
def test_a_stem_holds_no_white_space(text: str) -> None:
    assert all(stem(piece) == "".join(stem(piece).split()) for word in words_of(text) for piece in split_hyphens(word))


SYLLABLES = st.sampled_from(["arbeit", "zeit", "s", "en", "plan", "ung", "schicht", "e", "rat", "er", "schul", "buch"])
MADE_UP = st.lists(SYLLABLES, min_size=1, max_size=5).map("".join)


@given(st.lists(MADE_UP, max_size=6), MADE_UP)
@example(["schule", "buch", "zeitplan"], "schulbuchs")
@example(["arbeits"], "arbeitarbeit")
def test_parts_tile_the_whole_word_and_none_is_short(vocabulary: list[str], word: str) -> None:
    parts = make_splitter(vocabulary).split(word)
    assert parts == () or 2 <= len(parts) <= MAX_PARTS
    assert parts == () or tiles(parts, word, set(vocabulary))


def tiles(parts: tuple[str, ...], word: str, vocabulary: set[str]) -> bool:
    """Tell whether `word` can be cut so that every piece is a known word of MIN_PART letters, or shares its stem, in order."""
    if len(parts) == 1:
        return len(word) >= MIN_PART and stem(word) == parts[0] and parts[0] in {stem(known) for known in vocabulary}
    roots = {known for known in vocabulary if len(known) >= MIN_PART and stem(known) == parts[0]}
    beginnings = {root + link for root in roots for link in LINKING_ELEMENTS} | {
        root[:-1] for root in roots if root.endswith("e")
    }
    if parts[0] in {stem(known) for known in vocabulary}:
        beginnings |= {word[:cut] for cut in range(1, len(word)) if stem(word[:cut]) == parts[0]}
    fitting = [first for first in beginnings if len(first) >= MIN_PART and word.startswith(first)]
    return any(tiles(parts[1:], word[len(first) :], vocabulary) for first in fitting)
