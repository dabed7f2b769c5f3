"""The command line: measuring quality and latency."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import change_wissen_measures
import change_wissen_model
from evaluation.measures import ndcg
from evaluation.quality_json import read_reports
from evaluation.runs import read_run
from evaluation.sightings import read_sightings
from tests.command_line.session import run, run_json
from tests.stand_in_embedder import HashedWordsEmbedder

MODES = {"lexical", "semantic", "hybrid"}
MEASURES = {"ndcg@10", "mrr@10", "recall@10", "recall@100", "ci95"}


@pytest.fixture
def with_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the model."""
    monkeypatch.setattr(change_wissen_model, "require_embedder", lambda *_: HashedWordsEmbedder())


def test_evaluate_prints_a_table(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    code, out, _ = run(capsys, "evaluate", judged, "--mode", "lexical")
    assert code == 0
    for words in ("satz: 3 Dokumente, 3 Fragen", "nDCG@10", "Wörter", "1,000"):
        assert words in out


def test_evaluate_as_json_has_its_shape(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    report = run_json(capsys, "evaluate", judged, "--mode", "lexical", "--json")
    perfect = {"ndcg@10": 1.0, "mrr@10": 1.0, "recall@10": 1.0, "recall@100": 1.0, "ci95": [1.0, 1.0]}
    assert report == {"set": "satz", "documents": 3, "queries": 3, "modes": {"lexical": perfect}}


def test_evaluate_asks_all_three_ways_and_holds_them_against_each_other(
    capsys: pytest.CaptureFixture[str], judged: Path, with_model: None
) -> None:
    report = run_json(capsys, "evaluate", judged, "--json")
    assert {"set", "documents", "queries", "modes", "comparisons"} <= set(report)
    assert set(report["modes"]) >= MODES
    assert all(set(measures) == MEASURES for measures in report["modes"].values())
    assert set(report["comparisons"]) == set(report["modes"]) - {"hybrid"}


def test_the_ablation_adds_a_variant_for_every_part_of_the_ranking(
    capsys: pytest.CaptureFixture[str], judged: Path, with_model: None
) -> None:
    switches = set(change_wissen_measures._switches())
    report = run_json(capsys, "evaluate", judged, "--ablation", "--json")
    assert set(report["modes"]) == MODES | {f"hybrid_without_{part}" for part in switches}


def test_evaluate_takes_documents_as_files_too(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    (judged / "corpus.jsonl").unlink()
    (judged / "pausen.md").write_text("# Pausen\n\nEine Pause von 30 Minuten.\n")
    (judged / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpausen.md\t2\n")
    report = run_json(capsys, "evaluate", judged, "--mode", "lexical", "--json")
    assert (report["queries"], report["modes"]["lexical"]["ndcg@10"]) == (1, 1.0)


def test_several_sets_are_measured_at_once(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    other = judged.with_name("zweiter")
    shutil.copytree(judged, other)
    reports = run_json(capsys, "evaluate", judged, other, "--mode", "lexical", "--json")
    assert [report["set"] for report in reports] == ["satz", "zweiter"]
    code, out, _ = run(capsys, "evaluate", judged, other, "--mode", "lexical")
    assert code == 0
    assert "nDCG@10 aller Sätze" in out
    assert "Mittel" in out


def test_every_second_document_makes_a_smaller_set(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    report = run_json(capsys, "evaluate", judged, "--mode", "lexical", "--every", "2", "--json")
    assert (report["set"], report["documents"], report["queries"]) == ("satz:1/2", 2, 2)  # d1 and d3


def test_run_files_are_worth_what_was_reported(
    capsys: pytest.CaptureFixture[str], judged: Path, tmp_path: Path, with_model: None
) -> None:
    report = run_json(capsys, "evaluate", judged, "--runs", tmp_path / "runs", "--json")
    names = {path.name for path in (tmp_path / "runs").iterdir()}
    assert names == {f"satz.{variant}.run" for variant in report["modes"]}
    grades = {"q1": {"d1": 2}, "q2": {"d2": 1}, "q3": {"d3": 1}}
    for variant, measures in report["modes"].items():
        found = read_run((tmp_path / f"runs/satz.{variant}.run").read_text("utf-8"))
        mean = sum(ndcg(found.get(query, []), judgements, 10) for query, judgements in grades.items()) / 3
        assert mean == pytest.approx(measures["ndcg@10"], abs=1e-4)


def test_page_chart_and_figures_are_written(capsys: pytest.CaptureFixture[str], judged: Path, tmp_path: Path) -> None:
    chart, docs = tmp_path / "güte.svg", tmp_path / "docs"
    assert run(capsys, "evaluate", judged, "--mode", "lexical", "--chart", chart, "--write", docs)[0] == 0
    assert {path.name for path in docs.iterdir()} == {"quality.json", "quality.md", "quality.svg"}
    assert chart.read_bytes() == (docs / "quality.svg").read_bytes()
    (report,) = read_reports((docs / "quality.json").read_text("utf-8"))
    assert (report.set, report.variants["lexical"].overall.ndcg_10) == ("satz", 1.0)
    assert "| satz (3 documents, 3 questions) | words | 1.000" in (docs / "quality.md").read_text("utf-8")


def test_the_gate_is_pinned_passed_and_shut(
    capsys: pytest.CaptureFixture[str], judged: Path, tmp_path: Path, with_model: None
) -> None:
    floors = tmp_path / "floors.toml"
    code, _, err = run(capsys, "evaluate", judged, "--gate", "--floors", floors)
    assert code == 1
    assert "keine Untergrenzen festgelegt" in err

    code, _, err = run(capsys, "evaluate", judged, "--renew-gate", "--floors", floors)
    assert (code, err) == (0, f"Untergrenzen neu festgelegt: {floors}\n")
    code, out, err = run(capsys, "evaluate", judged, "--gate", "--floors", floors)
    assert (code, err) == (0, "")
    assert "gehalten" in out

    floors.write_text(floors.read_text("utf-8").replace('"ndcg@10" = 0.', '"ndcg@10" = 1.'), "utf-8")
    code, out, err = run(capsys, "evaluate", judged, "--gate", "--floors", floors)
    assert code == 1
    assert "VERFEHLT" in out
    assert "Im Satz „satz“ liegt nDCG@10 (Suche nach: Wörter) mit 1,000 unter der Untergrenze 1," in err


@pytest.mark.parametrize("part", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_the_gate_stays_shut_when_the_set_is_another(
    capsys: pytest.CaptureFixture[str], judged: Path, tmp_path: Path, with_model: None, part: str
) -> None:
    floors = tmp_path / "floors.toml"
    assert run(capsys, "evaluate", judged, "--renew-gate", "--floors", floors)[0] == 0
    with (judged / part).open("a", encoding="utf-8") as file:
        file.write("\n")
    code, _, err = run(capsys, "evaluate", judged, "--gate", "--floors", floors)
    assert code == 1
    assert "ist nicht mehr der, an dem die Untergrenzen gemessen wurden" in err


def test_the_gate_of_documents_as_files_watches_documents_and_their_metadata(
    capsys: pytest.CaptureFixture[str], judged: Path, tmp_path: Path, with_model: None
) -> None:
    (judged / "corpus.jsonl").unlink()
    (judged / "pausen.md").write_text("# Pausen\n\nEine Pause von 30 Minuten.\n")
    (judged / "pausen.meta.yaml").write_text("title: Pausen\n")
    (judged / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpausen.md\t2\n")
    (judged / ".ingestignore").write_text("queries.jsonl\nqrels.tsv\n")
    gate = ("evaluate", judged, "--gate", "--floors", tmp_path / "floors.toml")
    assert run(capsys, "evaluate", judged, "--renew-gate", "--floors", tmp_path / "floors.toml")[0] == 0
    (judged / ".versteckt").write_text("gehört nicht dazu")
    assert run(capsys, *gate)[0] == 0
    (judged / "pausen.meta.yaml").write_text("title: Pausenregeln\n")
    assert run(capsys, *gate)[0] == 1


def test_latency_reports_times(
    capsys: pytest.CaptureFixture[str],
    judged: Path,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_model: None,
) -> None:
    monkeypatch.setattr(change_wissen_model, "load_embedder", lambda *_: (HashedWordsEmbedder(), None))
    assert run(capsys, "ingest", folder, "--kb", tmp_path / "kb")[0] == 0
    report = run_json(
        capsys, "latency", "--kb", tmp_path / "kb", "--queries", judged / "queries.jsonl", "--limit", "2", "--json"
    )
    assert report["queries"] == 2
    code, out, _ = run(capsys, "latency", "--kb", tmp_path / "kb", "--queries", judged / "queries.jsonl")
    assert code == 0
    assert "3 Fragen" in out


def test_latency_can_be_measured_on_a_multiplied_copy(
    capsys: pytest.CaptureFixture[str],
    judged: Path,
    own_kb: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_model: None,
) -> None:
    asked = ["latency", "--kb", own_kb, "--queries", judged / "queries.jsonl", "--replicate", "50"]
    code, _, err = run(capsys, *asked)
    assert code == 2
    assert "nur mit Vektoren" in err
    monkeypatch.setattr(change_wissen_model, "load_embedder", lambda *_: (HashedWordsEmbedder(), None))
    assert run(capsys, "ingest", folder, "--kb", own_kb)[0] == 0
    code, out, err = run(capsys, *asked)
    assert code == 0
    assert "Nachsortieren" in out
    assert "51 Textstellen" in err


def test_evaluate_writes_what_the_relevance_is_calibrated_on(
    capsys: pytest.CaptureFixture[str], judged: Path, tmp_path: Path, with_model: None
) -> None:
    assert run(capsys, "evaluate", judged, "--sightings", tmp_path / "s.jsonl")[0] == 0
    sightings = read_sightings(tmp_path / "s.jsonl")
    assert {sighting.query for sighting in sightings} == {"q1", "q2", "q3"}
    assert any(sighting.relevant for sighting in sightings)
