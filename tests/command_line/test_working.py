"""The command line: the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import change_wissen_model
from search_service.desk.jobs import JobKind, JobState
from search_service.desk.opening import open_desk
from search_service.knowledge_base.store import KnowledgeBase, Reader
from tests.command_line.session import run
from tests.stand_in_embedder import HashedWordsEmbedder


def test_jobs_are_done_with_a_line_for_each(capsys: pytest.CaptureFixture[str], own_kb: Path) -> None:
    jobs = open_desk(own_kb).jobs
    document = Reader(own_kb).current()[0].documents[0]
    withdrawn, unknown = jobs.add(JobKind.WITHDRAW, document_id=document.id), jobs.add(JobKind.EDIT, document_id="d-fehlt")
    code, out, err = run(capsys, "work", "--kb", own_kb, "--once")
    assert code == 1
    done, failed = out.splitlines()
    assert done.startswith(f"erledigt: Zurückziehen {withdrawn.id} – „{document.metadata.title}“ ist zurückgezogen.")
    assert failed.startswith(
        f"fehlgeschlagen: Angaben ändern {unknown.id} – Ein Dokument mit der Kennung „d-fehlt“ gibt es nicht"
    )
    assert err.startswith("Sprachmodell wird geladen …\nHinweis: ")  # there is no model here
    assert document.id not in {other.id for other in Reader(own_kb).current()[0].documents}
    code, out, _ = run(capsys, "work", "--kb", own_kb, "--once")
    assert (code, out) == (0, "")


def test_a_folder_without_a_knowledge_base_is_told_and_stays_as_it_was(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, "work", "--kb", tmp_path / "nirgends", "--once")
    assert code == 2
    assert "liegt keine Wissensbasis" in err
    assert not (tmp_path / "nirgends").exists()


def test_another_writer_at_the_start_is_no_error(capsys: pytest.CaptureFixture[str], own_kb: Path) -> None:
    with KnowledgeBase(own_kb):
        assert run(capsys, "work", "--kb", own_kb, "--once")[0] == 0


def test_with_another_model_it_says_so_at_once_and_still_takes_text_away(
    capsys: pytest.CaptureFixture[str], own_kb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with KnowledgeBase(own_kb) as knowledge_base:
        knowledge_base.embed_missing(HashedWordsEmbedder())
        knowledge_base.publish()
    other = HashedWordsEmbedder(fingerprint="other@1")
    monkeypatch.setattr(change_wissen_model, "load_embedder", lambda _settings: (other, None))
    jobs = open_desk(own_kb).jobs
    document = Reader(own_kb).current()[0].documents[0]
    jobs.add(JobKind.WITHDRAW, document_id=document.id)
    code, out, err = run(capsys, "work", "--kb", own_kb, "--once")
    assert (code, out.split(" ")[0]) == (0, "erledigt:")
    assert "eingestellt ist other@1" in err
    assert "nur Zurückziehen und Zurückrollen" in err


@pytest.mark.parametrize("kind", JobKind)
def test_every_kind_of_job_has_a_german_name(capsys: pytest.CaptureFixture[str], own_kb: Path, kind: JobKind) -> None:
    job = open_desk(own_kb).jobs.add(kind, document_id="d-fehlt")
    _, out, _ = run(capsys, "work", "--kb", own_kb, "--once")
    name = out.removesuffix("\n").split(": ", 1)[1].split(f" {job.id} ")[0]
    assert name[0].isupper()
    assert kind not in name


def test_a_signal_ends_it_in_good_order(own_kb: Path, tmp_path: Path) -> None:
    # In a home without a model: that is told before the library that would load one is imported.
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("CHANGE_WISSEN_", "XDG_"))}
    worker = subprocess.Popen(
        [sys.executable, "-m", "change_wissen", "work", "--kb", str(own_kb)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=settings | {"HOME": str(tmp_path)},
    )
    assert worker.stdout is not None
    assert "Aufträge für" in worker.stdout.readline()
    jobs = open_desk(own_kb).jobs
    job = jobs.add(JobKind.PUBLISH)
    assert "erledigt: Veröffentlichen" in worker.stdout.readline()
    worker.send_signal(signal.SIGTERM)
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert "Traceback" not in err
    found = jobs.find(job.id)
    assert found is not None
    assert found.state is JobState.DONE
