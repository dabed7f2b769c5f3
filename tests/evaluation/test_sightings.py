"""What is looked at to calibrate the relevance: which questions are asked of which corpus, and the file it is kept in."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from evaluation.judgements import JudgedQuery, JudgedSet
from evaluation.sightings import (
    QUERIES,
    RANKINGS,
    BestHit,
    Origin,
    Sighting,
    gather_sightings,
    read_sightings,
    write_sightings,
)
from search_service.errors import InvalidJudgements
from search_service.relevance import Basis, Evidence

EVIDENCE = Evidence(cosine=0.85, coverage=0.5, unknown=0.25, weight=2.0)
ADVICE = JudgedSet(
    "rat",
    None,
    (
        JudgedQuery("a", "Wie plane ich Schichten?", "alltag", {"schicht.md": 2, "pausen.md": 0}),
        JudgedQuery("b", "Wie beantrage ich Elterngeld?", "unbeantwortbar", {}),
        JudgedQuery("c", "nie bewertet", None, {}),
    ),
)
LAWS = JudgedSet("gesetze", None, (JudgedQuery("1", "Ruhezeit", None, {"arbzg-5": 1}),))


def find_first_left(text: str, left_out: Collection[str], ranking: Basis) -> BestHit | None:
    documents = [name for name in ("schicht.md", "pausen.md") if name not in left_out]
    return BestHit(documents[0], EVIDENCE) if text != "Ruhezeit" else None


def test_a_corpus_is_asked_its_own_questions_with_and_without_their_answer_and_those_of_others() -> None:
    seen = list(gather_sightings(ADVICE, [LAWS], find_first_left))
    in_one_ranking = [each for each in seen if each.ranking is Basis.BOTH]
    assert [(each.asked, each.query, each.origin, each.relevant, each.evidence) for each in in_one_ranking] == [
        ("rat", "a", Origin.OWN, True, EVIDENCE),
        ("rat", "a", Origin.REMOVED, False, EVIDENCE),
        ("rat", "b", Origin.UNANSWERABLE, False, EVIDENCE),
        ("gesetze", "1", Origin.FOREIGN, False, None),
    ]
    assert {each.corpus for each in seen} == {"rat"}
    assert {each.ranking for each in seen} == set(RANKINGS)
    assert len(seen) == len(in_one_ranking) * len(RANKINGS)


def test_of_a_large_set_questions_at_even_distances_are_asked() -> None:
    many = JudgedSet("viele", None, tuple(JudgedQuery(str(n), "Ruhezeit", None, {"x": 1}) for n in range(3 * QUERIES)))
    asked = [each.query for each in gather_sightings(ADVICE, [many], find_first_left) if each.origin is Origin.FOREIGN]
    assert list(dict.fromkeys(asked))[:3] == ["0", "3", "6"]
    assert len(set(asked)) == QUERIES


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    seen = list(gather_sightings(ADVICE, [LAWS], find_first_left))
    path = tmp_path / "sightings.jsonl"
    path.write_text(write_sightings(seen), "utf-8")
    assert read_sightings(path) == seen


def test_a_line_that_is_no_sighting_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sightings.jsonl"
    good = Sighting("rat", "rat", "a", None, Origin.OWN, Basis.BOTH, True, None)
    path.write_text(write_sightings([good]) + '{"corpus": "rat"}\n', "utf-8")
    with pytest.raises(InvalidJudgements, match="Zeile 2"):
        read_sightings(path)
