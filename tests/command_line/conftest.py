"""A tiny folder of documents, knowledge bases of it, and a judged set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import change_wissen
from tests.command_line.session import fill, use_no_settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings(monkeypatch, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path / "texte")


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base of such a folder, without vectors; to be read only."""
    root = tmp_path_factory.mktemp("kb")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_no_settings(monkeypatch, root)
        assert change_wissen.main(["ingest", str(fill(root / "texte")), "--kb", str(root / "kb")]) == 0
    return root / "kb"


@pytest.fixture
def own_kb(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A knowledge base of `folder`, without vectors, to be written to."""
    assert change_wissen.main(["ingest", str(folder), "--kb", str(tmp_path / "kb")]) == 0
    capsys.readouterr()
    return tmp_path / "kb"


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    judged = tmp_path / "satz"
    judged.mkdir()
    corpus = [
        ("d1", "Pausen", "Eine Pause von 30 Minuten."),
        ("d2", "Schicht", "Gute Schichtplanung."),
        ("d3", "", "Das Lager."),
    ]
    queries = [("q1", "Wie lang ist die Pause?"), ("q2", "Schichtplanung"), ("q3", "Was gibt es im Lager?")]
    (judged / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": i, "title": title, "text": text}) + "\n" for i, title, text in corpus)
    )
    (judged / "queries.jsonl").write_text("".join(json.dumps({"_id": i, "text": text}) + "\n" for i, text in queries))
    (judged / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\nq3\td3\t1\n")
    return judged
