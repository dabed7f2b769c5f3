"""The command line: measuring quality and latency."""

from __future__ import annotations

from pathlib import Path

import pytest

import change_wissen_model
from tests.command_line.session import run, run_json
from tests.stand_in_embedder import HashedWordsEmbedder

MODES = {"lexical", "semantic", "hybrid"}
MEASURES = {"ndcg@10", "mrr@10", "recall@10", "recall@100", "ci95"}


def test_evaluate_prints_a_table(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    code, out, _ = run(capsys, "evaluate", judged, "--mode", "lexical")
    assert code == 0
    for words in ("satz: 3 Dokumente, 3 Fragen", "nDCG@10", "Wörter", "1,000"):
        assert words in out


def test_evaluate_as_json_has_its_shape(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    report = run_json(capsys, "evaluate", judged, "--mode", "lexical", "--json")
    perfect = {"ndcg@10": 1.0, "mrr@10": 1.0, "recall@10": 1.0, "recall@100": 1.0, "ci95": [1.0, 1.0]}
    assert report == {"set": "satz", "documents": 3, "queries": 3, "modes": {"lexical": perfect}}


def test_evaluate_asks_all_three_ways(
    capsys: pytest.CaptureFixture[str], judged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_wissen_model, "require_embedder", lambda *_: HashedWordsEmbedder())
    report = run_json(capsys, "evaluate", judged, "--json")
    assert set(report) == {"set", "documents", "queries", "modes"}
    assert {mode: set(measures) for mode, measures in report["modes"].items()} == dict.fromkeys(MODES, MEASURES)


def test_evaluate_takes_documents_as_files_too(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    (judged / "corpus.jsonl").unlink()
    (judged / "pausen.md").write_text("# Pausen\n\nEine Pause von 30 Minuten.\n")
    (judged / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpausen.md\t2\n")
    report = run_json(capsys, "evaluate", judged, "--mode", "lexical", "--json")
    assert (report["queries"], report["modes"]["lexical"]["ndcg@10"]) == (1, 1.0)


def test_latency_reports_times(
    capsys: pytest.CaptureFixture[str], judged: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_wissen_model, "load_embedder", lambda *_: (HashedWordsEmbedder(), None))
    monkeypatch.setattr(change_wissen_model, "require_embedder", lambda *_: HashedWordsEmbedder())
    assert run(capsys, "ingest", folder, "--kb", tmp_path / "kb")[0] == 0
    report = run_json(
        capsys, "latency", "--kb", tmp_path / "kb", "--queries", judged / "queries.jsonl", "--limit", "2", "--json"
    )
    assert report["queries"] == 2
    code, out, _ = run(capsys, "latency", "--kb", tmp_path / "kb", "--queries", judged / "queries.jsonl")
    assert code == 0
    assert "3 Fragen" in out
