"""The gate itself, with the real model: every fourth document of the sample corpus and all that is asked about them."""

from __future__ import annotations

from pathlib import Path

import pytest

import change_wissen
import change_wissen_model
from change_wissen_exit import EXIT_DONE
from evaluation.gate import SetFloors, read_floors
from tests.remembering import RememberingPassages

ROOT = Path(__file__).parents[2]
FLOORS = ROOT / "evaluation/floors.toml"


def test_the_ranking_keeps_its_floors(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, remembering: RememberingPassages
) -> None:
    monkeypatch.setattr(change_wissen_model, "require_embedder", lambda *_: remembering)
    monkeypatch.chdir(ROOT)
    capsys.readouterr()
    code = change_wissen.main(["evaluate", "--gate", "--every", "4"])
    said = capsys.readouterr()
    assert said.err == ""
    assert code == EXIT_DONE
    assert "gehalten" in said.out


def test_the_whole_corpus_and_its_part_have_floors_for_every_channel_and_kind() -> None:
    floors = read_floors(FLOORS)
    for name in ("corpus", "corpus:1/4"):
        pinned = floors.get(name, SetFloors("", {}))
        assert {"lexical", "semantic", "hybrid"} <= pinned.floors.keys()
        kinds = {figure.partition(" ")[2] for figure in pinned.floors["hybrid"]} - {""}
        assert kinds == {"alltag", "stichwort", "kompositum", "paraphrase", "umschrift", "tippfehler", "referenz"}
    assert floors["corpus"].digest == floors["corpus:1/4"].digest
