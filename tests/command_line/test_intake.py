"""The command line: taking documents in, and what extraction sees."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import change_wissen_model
from search_service.knowledge_base.store import KnowledgeBase
from tests.command_line.session import run, run_json
from tests.stand_in_embedder import HashedWordsEmbedder


def test_a_second_writer_is_told_to_wait(capsys: pytest.CaptureFixture[str], kb: Path, folder: Path) -> None:
    with KnowledgeBase(kb):
        code, _, err = run(capsys, "ingest", folder, "--kb", kb)
    assert code == 2
    assert "schreibt gerade ein anderer Vorgang. Bitte warten" in err


def test_ingest_lists_what_became_of_each_file(capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "bericht.json"
    code, out, _ = run(capsys, "ingest", folder, "--kb", tmp_path / "kb", "--report", report)
    assert code == 0
    for words in (
        "Aufnahme",
        "aufgenommen",
        "unverändert",
        "doppelt",
        "übersprungen",
        "fehlgeschlagen",
        "zusammen",
        "bild.gif",
    ):
        assert words in out
    assert "Suchindex 1 ist veröffentlicht." in out
    assert "change-wissen model prepare" in out
    written = json.loads(report.read_text("utf-8"))
    assert written["totals"] == {"indexed": 2, "unchanged": 0, "duplicate": 0, "skipped": 1, "failed": 0}
    assert [set(file) for file in written["files"]] == [{"path", "state", "reason", "passages", "seconds"}] * 3
    assert {Path(file["path"]).name: file["state"] for file in written["files"]} == {
        "bild.gif": "skipped", "pausen.txt": "indexed", "schicht.md": "indexed"
    }  # fmt: skip


def test_the_report_holds_totals_and_files_and_notices_only_where_there_are_any(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_wissen_model, "load_embedder", lambda *_: (HashedWordsEmbedder(), None))
    report = tmp_path / "bericht.json"
    assert run(capsys, "ingest", folder, "--kb", tmp_path / "kb", "--report", report)[0] == 0
    assert set(json.loads(report.read_text("utf-8"))) == {"totals", "files"}


def test_a_second_ingest_finds_everything_unchanged_and_publishes_nothing(
    capsys: pytest.CaptureFixture[str], own_kb: Path, folder: Path, tmp_path: Path
) -> None:
    report = tmp_path / "bericht.json"
    code, out, _ = run(capsys, "ingest", folder, "--kb", own_kb, "--report", report, "--prune")
    assert code == 0
    assert json.loads(report.read_text("utf-8"))["totals"]["unchanged"] == 2
    assert "veröffentlicht" not in out
    assert run_json(capsys, "status", "--kb", own_kb, "--json")["generation"] == 1


def test_prune_removes_what_has_vanished(capsys: pytest.CaptureFixture[str], own_kb: Path, folder: Path) -> None:
    (folder / "pausen.txt").unlink()
    code, out, _ = run(capsys, "ingest", folder, "--kb", own_kb, "--prune")
    assert code == 0
    assert "Gelöscht, weil die Datei fehlt:" in out
    assert run_json(capsys, "status", "--kb", own_kb, "--json")["documents"] == 1


@pytest.mark.parametrize("name", ["kaputt.pdf", "kaputt.docx", "leer.txt"])
def test_a_file_that_cannot_be_read_ends_with_1_and_the_rest_is_taken_in(
    capsys: pytest.CaptureFixture[str], own_kb: Path, folder: Path, name: str
) -> None:
    (folder / name).write_bytes({".pdf": b"%PDF-1.7 kaputt", ".docx": b"PK\x03\x04 kaputt", ".txt": b""}[Path(name).suffix])
    (folder / "neu.txt").write_text("Ein neuer Text.")
    code, out, _ = run(capsys, "ingest", folder, "--kb", own_kb)
    assert code == 1
    assert name in out
    assert "fehlgeschlagen" in out
    assert run_json(capsys, "status", "--kb", own_kb, "--json")["documents"] == 3


def test_a_path_that_is_not_there_ends_with_1_and_is_named(
    capsys: pytest.CaptureFixture[str], own_kb: Path, tmp_path: Path
) -> None:
    code, out, _ = run(capsys, "ingest", tmp_path / "gibt-es-nicht", "--kb", own_kb)
    assert code == 1
    assert "gibt-es-nicht" in out
    assert run_json(capsys, "status", "--kb", own_kb, "--json")["documents"] == 2


def test_the_folder_of_the_knowledge_base_can_be_a_setting(
    capsys: pytest.CaptureFixture[str], kb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANGE_WISSEN_KB", str(kb))
    assert run_json(capsys, "status", "--json")["kb"] == str(kb)


def test_a_model_other_than_that_of_the_vectors_is_refused_until_told_to_embed_again(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, options, code in (("alt@1", (), 0), ("neu@1", (), 2), ("neu@1", ("--reembed",), 0), ("alt@1", (), 2)):
        monkeypatch.setattr(change_wissen_model, "require_embedder", lambda *_, name=name: HashedWordsEmbedder(32, name))
        ended, _, err = run(capsys, "ingest", folder, "--kb", tmp_path / "kb", *options)
        assert ended == code
        assert ("--reembed“ alles neu einbetten" in err) == (code == 2)
    monkeypatch.setattr(change_wissen_model, "load_embedder", lambda *_: (HashedWordsEmbedder(32, "neu@1"), None))
    status = run_json(capsys, "status", "--kb", tmp_path / "kb", "--json")
    assert (status["model"], status["semantic"], status["notices"]) == ("neu@1", True, [])


def test_extract_shows_blocks_in_reading_order(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out, _ = run(capsys, "extract", folder / "schicht.md")
    assert code == 0
    assert out.index("Gute Schichtplanung") < out.index("Tausch") < out.index("Schichten tauschen.")


def test_extract_as_json_has_its_shape(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    shown = run_json(capsys, "extract", folder / "schicht.md", "--json")
    assert set(shown) == {"file", "pages", "blocks"}
    assert [set(block) for block in shown["blocks"]] == [{"kind", "level", "text", "page", "label"}] * 4
    assert [(block["kind"], block["level"], block["text"]) for block in shown["blocks"]][:2] == [
        ("heading", 1, "Schichtplanung"), ("paragraph", None, "Gute Schichtplanung braucht Vorlauf.")
    ]  # fmt: skip
    assert shown["pages"] is None


@pytest.mark.parametrize("name", ["leer.txt", "fehlt.txt", "bild.gif"])
def test_extract_of_what_cannot_be_read_ends_with_1_and_the_reason(
    capsys: pytest.CaptureFixture[str], folder: Path, name: str
) -> None:
    (folder / "leer.txt").write_bytes(b"")
    code, out, err = run(capsys, "extract", folder / name)
    assert (code, out) == (1, "")
    assert name in err


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS refuses file names that are no UTF-8")
def test_a_file_name_that_is_no_utf_8_does_not_end_the_run(
    capsys: pytest.CaptureFixture[str], own_kb: Path, folder: Path, tmp_path: Path
) -> None:
    (folder / os.fsdecode(b"gr\xf6sse.txt")).write_text("Ein Text.")
    code, out, _ = run(capsys, "ingest", folder, "--kb", own_kb, "--report", tmp_path / "bericht.json")
    assert code == 1
    assert "gr\ufffdsse.txt" in out
    assert "kein gültiges UTF-8. Bitte umbenennen" in out
    assert json.loads((tmp_path / "bericht.json").read_text("utf-8"))["totals"]["failed"] == 1


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["missing", "empty"])
def test_a_lost_catalogue_is_refused_and_the_index_goes_on_answering(
    own_kb: Path, folder: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object]
) -> None:
    for name in ("catalogue.sqlite-wal", "catalogue.sqlite-shm"):
        (own_kb / name).unlink(missing_ok=True)
    damage(own_kb / "catalogue.sqlite")
    ended, _, err = run(capsys, "ingest", folder, "--kb", own_kb)
    assert ended == 2
    assert "Sicherung" in err
    assert run(capsys, "search", "Pause", "--mode", "lexical", "--kb", own_kb)[0] == 0


def test_a_catalogue_damaged_in_the_middle_ends_with_2_and_a_german_sentence(
    own_kb: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = own_kb / "catalogue.sqlite"
    content = bytearray(catalogue.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    catalogue.write_bytes(content)
    ended, _, err = run(capsys, "ingest", folder, "--kb", own_kb)
    assert ended == 2
    assert "beschädigt" in err
    assert "Traceback" not in err
