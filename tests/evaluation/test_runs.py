"""Run files: readable by others, and read back to the same ranking whatever an id looks like."""

from __future__ import annotations

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from evaluation.measures import ndcg
from evaluation.runs import encode_id, read_run, run_name, write_run
from search_service.errors import InvalidJudgements

ids = st.text(min_size=1, max_size=8)
rankings = st.dictionaries(ids, st.lists(ids, unique=True, min_size=1, max_size=5), max_size=4)


def test_a_run_file_reads_as_trec_writes_it():
    run = write_run({"q1": ["wissen/pausen.pdf", "erfolg/mein bericht.pdf"], "q2": []}, "hybrid")
    assert run == (
        "q1 Q0 wissen/pausen.pdf 1 100 change-wissen-hybrid\nq1 Q0 erfolg/mein%20bericht.pdf 2 99 change-wissen-hybrid\n"
    )


@given(rankings)
def test_what_was_written_is_read_back(found):
    run = write_run(found, "lexical")
    assert read_run(run) == found
    assert all(len(line.split(" ")) == 6 for line in run.splitlines())


@given(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1), st.dictionaries(st.sampled_from("abcdefgh"), st.just(1)))
def test_read_back_it_is_worth_the_same_and_trec_eval_agrees(documents, grades):
    run = write_run({"q": documents}, "hybrid")
    assert ndcg(read_run(run)["q"], grades, 10) == ndcg(documents, grades, 10)
    theirs = pytrec_eval.RelevanceEvaluator({"q": grades}, {"ndcg_cut_10"})
    scores = {line.split()[2]: float(line.split()[4]) for line in run.splitlines()}
    if grades:
        assert theirs.evaluate({"q": scores})["q"]["ndcg_cut_10"] == pytest.approx(ndcg(documents, grades, 10))


def test_ids_stay_as_they_are_unless_a_blank_or_a_percent_sign_is_in_them():
    assert encode_id("wissen/Straße-§87.pdf") == "wissen/Straße-§87.pdf"
    assert encode_id("100 % Ökostrom\n") == "100%20%25%20Ökostrom%0A"
    assert encode_id("schmal\u202fes") == "schmal%E2%80%AFes"


def test_another_tools_run_is_ordered_by_score_and_not_by_rank():
    run = "q1 Q0 b 1 0.5 x\nq1\tQ0\ta\t2\t7e-1\tx\n\nq1 Q0 c 3 0.5 x\n"
    assert read_run(run) == {"q1": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ("q1 Q0 a 1 0.5\n", "Zeile 1 des Laufs: sie hat 5 statt 6 Spalten"),
        ("q1 Q0 a 1 0.5 x\nq1 Q0 b 2 viel x\n", "Zeile 2 des Laufs: „viel“ ist keine Zahl"),
        ("q1 Q0 a 1 2 x\nq1 Q0 a 2 1 x\n", "das Dokument „a“ steht zur Frage „q1“ ein zweites Mal da"),
    ],
)
def test_a_broken_line_is_refused_with_its_number(run, reason):
    with pytest.raises(InvalidJudgements) as caught:
        read_run(run)
    assert reason in str(caught.value)


def test_the_name_of_a_run_file_is_fit_for_any_file_system():
    assert run_name("corpus", "hybrid") == "corpus.hybrid.run"
    assert run_name("../Sätze: Teil 1/4", "lexical") == "Sätze-Teil-1-4.lexical.run"
    assert run_name("..", "lexical") == "satz.lexical.run"
