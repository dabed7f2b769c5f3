"""The lexical index: BM25F and compound parts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.errors import KnowledgeBaseDamaged
from search_service.german import stem
from search_service.knowledge_base.lexical import (
    GROUP_WEIGHT,
    OTHER_FORM_WEIGHT,
    OTHER_UMLAUT_WEIGHT,
    LexicalIndex,
    build_lexical_index,
)
from search_service.knowledge_base.postings import PassageFields
from search_service.knowledge_base.terms import QueryTerm


def build(*bodies: str) -> LexicalIndex:
    return build_lexical_index([PassageFields("", "", body) for body in bodies])


def ask(index: LexicalIndex, question: str) -> list[float]:
    return [float(score) for score in index.score(index.analyze(question))]


def test_scores_worked_by_hand() -> None:
    # Two bodies of 3 words and 1 word, 2 on average; k1 = 1.2, b = 0.75, weight of the body 1.
    # Unit of a word: 1 / (0.25 + 0.75 * 3/2) = 1/1.375 in the first, 1 / (0.25 + 0.75 * 1/2) = 1.6 in the second.
    # "mangel": idf = ln(1 + (2 - 1 + 0.5) / (1 + 0.5)) = ln 2; frequency 2/1.375; ln 2 * 2.2 * f / (f + 1.2) = 0.8355751
    # "betrieb": idf = ln(1 + 0.5/2.5) = ln 1.2; first: f = 1/1.375 -> 0.1513615; second: f = 1.6 -> ln 1.2 * 3.52/2.8
    index = build("Mangel, Mangel im Betrieb", "Betrieb")
    assert ask(index, "Mangel") == pytest.approx([0.8355751, 0], abs=1e-6)
    assert ask(index, "Betrieb") == pytest.approx([0.1513615, 0.2292042], abs=1e-6)
    assert ask(index, "Mangel im Betrieb") == pytest.approx([0.8355751 + 0.1513615, 0.2292042], abs=1e-6)


def test_fields_are_weighted_before_they_are_saturated() -> None:
    # One passage, one word in each field: every length is its average, so the units are 2, 1.5 and 1, together 4.5;
    # idf = ln(1 + 0.5/1.5); score = idf * 4.5 * 2.2 / (4.5 + 1.2)
    index = build_lexical_index([PassageFields("Pause", "Pausen", "Pause")])
    assert ask(index, "Pause") == pytest.approx([math.log(4 / 3) * 4.5 * 2.2 / 5.7], abs=1e-6)


def test_a_word_in_the_title_counts_more_than_in_headings_and_there_more_than_in_the_body() -> None:
    rest = "Regeln"
    index = build_lexical_index([PassageFields(*("Pause" if place == at else rest for place in range(3))) for at in range(3)])
    title, headings, body = ask(index, "Pause")
    assert title > headings > body > 0


def test_a_compound_finds_its_parts_and_each_other_way_round() -> None:
    index = build("Schichtplanung", "Planung der Schicht", "Planung", "Etwas anderes")
    itself, apart, half, none = ask(index, "Schichtplanung")
    assert itself > apart > half > none == 0
    assert [score > 0 for score in ask(index, "Planung")] == [True, True, True, False]


def test_parts_that_are_missing_lower_the_group_by_their_share() -> None:
    index = build("Schichtplanung", "Planung der Schicht", "Planung")
    (term,) = index.analyze("Schichtplanung")
    assert term == QueryTerm(
        stem("schichtplanung"), (stem("schicht"), stem("planung")), "schichtplanung", written="Schichtplanung"
    )
    # "Planung" is asked in its own form: passages that have it only inside a compound get less; as a part it has no form.
    plan = [float(score) for score in index.score([QueryTerm(stem("planung"))])]
    alone = ask(index, "Planung")
    assert alone == pytest.approx([plan[0] * OTHER_FORM_WEIGHT, plan[1], plan[2]], rel=1e-6)
    both = [float(score) for score in index.score([QueryTerm(stem("schicht")), QueryTerm(stem("planung"))])]
    assert ask(index, "Schichtplanung")[1:] == pytest.approx([GROUP_WEIGHT * both[1], GROUP_WEIGHT * alone[2] / 2], rel=1e-6)


@pytest.mark.parametrize("question", ["Mangel an Fachkräften", "Fachkräftemangel", "FACHKRAEFTEMANGEL", "Fachkräfte-Mangel"])
def test_a_compound_and_its_paraphrase_find_each_other(question: str) -> None:
    paraphrased = "Es herrscht Mangel an Fachkräften. Fachkräfte werden überall gesucht."
    index = build("Der Fachkräftemangel trifft das Handwerk.", paraphrased, "Der Schichtplan hängt aus.")
    compound, paraphrase, other = ask(index, question)
    assert compound > 0
    assert paraphrase > 0
    assert other == 0


def test_the_word_itself_counts_more_than_another_form_of_its_stem_worked_by_hand() -> None:
    # "Mangel" and "Mängel" share a stem: idf = ln(1 + 0.5/2.5) = ln 1.2, f = 1, so each scores ln 1.2 asked as itself
    index = build("Mangel", "Mängel")
    own, other = math.log(1.2), math.log(1.2) * OTHER_UMLAUT_WEIGHT
    assert ask(index, "Mangel") == pytest.approx([own, other], rel=1e-6)
    assert ask(index, "Mängel") == pytest.approx([other, own], rel=1e-6)
    assert ask(index, "Maengel") == ask(index, "Mängel")
    inflected = build("Betrieb", "Betriebe")
    assert ask(inflected, "Betriebe") == pytest.approx([math.log(1.2) * OTHER_FORM_WEIGHT, own], rel=1e-6)


def test_a_form_that_no_passage_has_is_not_held_against_any() -> None:
    assert ask(build("Mangel", "Mangel"), "Mangels") == pytest.approx([math.log(1.2)] * 2, rel=1e-6)
    first, second = ask(build("Mangel", "Mängel"), "Mangels")  # but its umlauts are
    assert first > second


def test_more_forms_of_a_stem_than_a_mask_has_bits_are_told_apart_as_far_as_it_goes() -> None:
    endings = ["", "e", "en", "em", "er", "es", "ern", "ens", "est", "end"]
    index = build(*(f"schnell{ending}" for ending in endings))
    for row, ending in enumerate(endings):
        scores = ask(index, f"schnell{ending}")
        assert scores[row] == max(scores)
    assert ask(index, "schnell")[0] > ask(index, "schnell")[1]


def test_mangel_an_fachkraeften_finds_the_lack_of_skilled_workers_before_defects() -> None:
    lack = "Im Handwerk herrscht Mangel. Fachkräfte fehlen überall, und der Nachwuchs bleibt aus."
    defects = "Die Mängel an der Maschine sind behoben. Mängel bitte melden. Fachkräfte helfen, und der Nachwuchs."
    first, second, _ = ask(build(lack, defects, "Schichtplan"), "Mangel an Fachkräften")
    assert first > second > 0


def test_a_paragraph_is_found_only_with_its_number() -> None:
    index = build("Mitbestimmung nach § 87 BetrVG", "Mitbestimmung nach\n§\n111 BetrVG", "Seite 87")
    assert [score > 0 for score in ask(index, "§ 87")] == [True, False, False]
    assert [score > 0 for score in ask(index, "§111")] == [False, True, False]


def test_a_section_of_its_law_stands_before_both_far_apart() -> None:
    pair = "Der Betriebsrat hat hier nach § 87 Abs. 1 BetrVG mitzubestimmen, wie das ArbZG es zulässt."
    apart = "Der Betriebsrat hat hier nach § 87 ArbZG mitzubestimmen, wie Abs. 1 BetrVG es zulässt."
    index = build(apart, pair)
    for question in ("§ 87 BetrVG", "§ 87 Abs. 1 betrvg", "BetrVG § 87"):
        first, second = ask(index, question)
        assert second > first > 0, question
    assert [term.stem for term in index.analyze("§ 87 ArbSchG")] == ["§87", "arbschg"]  # a pair no passage has is no term


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("ISO 9001", 0), ("DIN EN ISO 9001", 0), ("9001", 0), ("Industrie 4.0", 1), ("4.0", 1), ("Windows 11", 2), ("C++", 3),
        ("E-Mail", 4), ("Email", 4), ("DSGVO", 5), ("DS-GVO", 5), ("KI-VO", 6), ("2-Faktor", 7), ("10000", 8), ("10 000", 8),
        ("3.5 Prozent", 9), ("2024", 10), ("Mitarbeiter", 11), ("Azubi", 12),
    ],
)  # fmt: skip
def test_names_with_numbers_and_signs_are_found_as_what_they_are(question: str, found: int) -> None:
    index = build(
        "DIN EN ISO 9001:2015", "Die Industrie-4.0-Anwendung", "Rechner unter Windows 11", "Programm in C++", "Per E-Mail",
        "Nach der DS-GVO", "Die KI-VO gilt", "2-Faktor-Anmeldung", "Kosten: 10.000 Euro", "um 3,5 Prozent", "am 24.12.2024",
        "alle Mitarbeiter:innen", "unsere Azubis",
    )  # fmt: skip
    scores = ask(index, question)
    assert scores[found] == max(scores) > 0


def test_a_number_is_not_found_by_its_digits() -> None:
    assert ask(build("Kosten: 10.000 Euro", "Industrie 4.0", "§ 10"), "10") == [0, 0, 0]


def test_a_hyphenated_word_is_one_word_of_the_question_and_its_halves_a_group() -> None:
    index = build("Die IT-Sicherheit", "Sicherheit in der IT", "Sicherheit im Lager", "Die Halle")
    (term,) = index.analyze("IT-Sicherheit")
    assert (term.stem, term.parts, term.written) == (stem("itsicherheit"), ("it", stem("sicherheit")), "IT-Sicherheit")
    itself, apart, half, none = ask(index, "IT-Sicherheit")
    assert itself > apart > half > none == 0


def test_a_hyphenated_word_is_found_by_its_parts_and_written_as_one() -> None:
    index = build("Die IT-Sicherheit", "Das Lager")
    for question in ("Sicherheit", "IT", "Itsicherheit", "it-sicherheit"):
        assert [score > 0 for score in ask(index, question)] == [True, False], question


@pytest.mark.parametrize("question", ["Förderangebote", "Förderangebot", "Foerderangebote"])
def test_a_word_that_an_enumeration_spells_in_part_is_found_like_the_whole_one(question: str) -> None:
    short, whole, paraphrase, other = ask(
        build("Förder- und Beratungsangebote", "Förderangebote, Beratung", "Angebote, die fördern", "Förderung"), question
    )
    assert short > paraphrase >= 0
    assert whole > paraphrase
    assert other == 0


def test_a_word_spelled_in_part_counts_as_one_worked_by_hand() -> None:
    # "eingabe" stands once in each passage: idf = ln(1 + 0.5/2.5) = ln 1.2; every length is the average, so f = 1;
    # score = ln 1.2 * 2.2 / 2.2. "ein" is a stop word: both passages have one word, "ausgabe" and "eingabe".
    assert ask(build("Ein- und Ausgabe", "Eingabe"), "Eingabe") == pytest.approx([math.log(1.2)] * 2, rel=1e-6)


def test_both_halves_of_an_enumeration_in_a_question_are_looked_for() -> None:
    index = build("Vorteile überwiegen", "Nachteile überwiegen", "Teilweise")
    assert [score > 0 for score in ask(index, "Vor- und Nachteile")] == [True, True, False]


def test_the_end_of_a_word_left_out_or_its_beginning_is_found() -> None:
    index = build("Gestaltung und Verarbeitung: Textverarbeitung und -gestaltung", "Text", "Ein- und Ausgabe", "Ausgabe")
    assert [score > 0 for score in ask(index, "Eingabe")] == [False, False, True, False]
    best, *others = ask(index, "Textgestaltung")
    assert best > max(others)


@pytest.mark.parametrize("question", ["", "und der die das", "?! … –", "Wie ist das?"])
def test_a_question_without_words_of_its_own_finds_nothing(question: str) -> None:
    index = build("Wie ist das und der die?", "Betrieb")
    assert index.analyze(question) == []
    assert ask(index, question) == [0, 0]


def test_an_index_without_passages_answers_with_nothing() -> None:
    index = build()
    again = LexicalIndex.from_bytes(index.to_bytes(), 0)
    assert ask(index, "Betrieb") == ask(again, "Betrieb") == []


def test_files_that_do_not_fit_each_other_are_refused() -> None:
    contents, other = build("Mangel im Betrieb").to_bytes(), build("Betrieb").to_bytes()
    for name in ("lexical-starts.npy", "lexical-rows.npy", "lexical-scores.npy", "lexical-forms.npy", "lexical-terms.txt"):
        with pytest.raises(KnowledgeBaseDamaged):
            LexicalIndex.from_bytes(contents | {name: other[name]}, 1)
    with pytest.raises(KnowledgeBaseDamaged):
        LexicalIndex.from_bytes(contents | {"lexical-rows.npy": contents["lexical-scores.npy"]}, 1)
    with pytest.raises(KnowledgeBaseDamaged):
        LexicalIndex.from_bytes(contents | {"lexical-rows.npy": b"nichts"}, 1)


@pytest.mark.parametrize(
    "question", ["What is a works council?", "\0", "🙂 🙂", "- -- –", "„“", "§", "§ § §", "a" * 2_000, "x\ud800"]
)
def test_no_question_is_too_odd(question: str) -> None:
    index = build("Der Betriebsrat", "Mangel")
    assert ask(index, question) == [0, 0]


def test_a_question_of_two_thousand_words_is_answered() -> None:
    index = build("Der Betriebsrat", "Fachkräftemangel im Betrieb")
    scores = ask(index, " ".join(f"Wort{number} Betriebs-Rat § {number} BetrVG" for number in range(700)) + " Fachkräftemangel")
    assert scores[1] > 0


WORD = st.sampled_from(
    (
        "Mangel",
        "Fachkräfte",
        "Fachkräftemangel",
        "Schicht",
        "Planung",
        "Schichtplanung",
        "IT-Sicherheit",
        "und",
        "§",
        "§\n87",
        "§\t9",
        "Betrieb",
        "2024",
        "Straße",
        "Mängel",
        "BetrVG",
        "4.0",
    )
)
TEXT = st.lists(WORD, max_size=8).map(" ".join)
CORPUS = st.lists(st.builds(PassageFields, TEXT, TEXT, TEXT), max_size=6)


@given(CORPUS, TEXT)
def test_written_and_read_back_it_gives_equal_scores(passages: list[PassageFields], question: str) -> None:
    index = build_lexical_index(passages)
    again = LexicalIndex.from_bytes(index.to_bytes(), len(passages))
    assert again.vocabulary == index.vocabulary
    assert again.analyze(question) == index.analyze(question)
    np.testing.assert_array_equal(again.score(again.analyze(question)), index.score(index.analyze(question)))


@given(CORPUS, TEXT, WORD)
def test_one_word_more_never_lowers_a_score(passages: list[PassageFields], question: str, word: str) -> None:
    index = build_lexical_index(passages)
    fewer = index.score(index.analyze(question))
    more = index.score(index.analyze(f"{question} {word}"))
    assert (more >= fewer * (1 - 1e-6)).all()
    assert (fewer >= 0).all()


@given(CORPUS)
def test_a_passage_without_any_of_the_words_scores_0(passages: list[PassageFields]) -> None:
    index = build_lexical_index([*passages, PassageFields("Lager", "Halle", "Das Lager ist leer")])
    scores = index.score(index.analyze("Fachkräftemangel Schichtplanung § 87"))
    assert scores[-1] == 0


def test_single_rows_are_scored_as_the_whole_index_scores_them() -> None:
    index = build("Schichtplanung", "Planung der Schicht", "Der Mangel", "Mängel an der IT-Sicherheit", "Sicherheit in der IT")
    terms = index.analyze("Schichtplanung, Mangel und IT-Sicherheit")
    rows = np.array([4, 0, 2, 3], dtype=np.int64)
    whole = [index.score([replace(term, weight=1.0)])[rows] for term in terms]
    np.testing.assert_allclose(index.score_rows(terms, rows), whole, rtol=1e-6)
    assert index.score_rows([], rows).shape == (0, 4)
