"""The command line: search and status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search_service.answers import SearchAnswer
from tests.command_line.session import run, run_json


def test_search_prints_hits_with_their_citation(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    code, out, err = run(capsys, "search", "Wie lang ist die Pause?", "--kb", kb, "--mode", "lexical")
    assert (code, err) == (0, "")
    assert " 1. Pausenregeln" in out
    assert "30 Minuten" in out


def test_search_without_a_hit_says_so(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    code, out, _ = run(capsys, "search", "Quantencomputer", "--kb", kb, "--mode", "lexical")
    assert code == 0
    assert "Nichts gefunden." in out


def test_search_without_a_model_searches_words_and_says_so(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    answer = run_json(capsys, "search", "Schichtplanung", "--kb", kb, "--json")
    assert answer["hits"][0]["document"]["title"] == "Schichtplanung"
    assert "Die Suche nach Bedeutung ist aus" in answer["notices"][0]


def test_search_as_json_is_the_answer_of_the_api(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    answer = run_json(capsys, "search", "Schicht Pause", "--kb", kb, "--mode", "lexical", "--limit", "1", "--json")
    assert set(answer) == set(SearchAnswer.model_fields)
    assert (answer["query"], answer["page"], answer["page_size"], len(answer["hits"])) == ("Schicht Pause", 1, 1, 1)
    assert answer["total"] == {"value": 2, "relation": "eq"}
    SearchAnswer.model_validate(answer)


def test_search_keeps_to_its_filters(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    everything = run_json(capsys, "search", "Schicht Pause", "--kb", kb, "--mode", "lexical", "--json")
    chosen = everything["hits"][1]["document"]["id"]
    one = run_json(
        capsys, "search", "Schicht Pause", "--kb", kb, "--mode", "lexical", "--filter", f"document={chosen}", "--json"
    )
    assert [hit["document"]["id"] for hit in one["hits"]] == [chosen]


def test_status_tells_what_there_is_and_what_is_off(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    code, out, _ = run(capsys, "status", "--kb", kb)
    assert code == 0
    assert re.search(r"Dokumente: +2\n", out)
    assert re.search(r"Modell: +keines\n", out)
    assert re.search(r"Bedeutungssuche: +aus\nHinweis: Die Suche nach Bedeutung ist aus", out)
    shown = run_json(capsys, "status", "--kb", kb, "--json")
    assert set(shown) == {"kb", "generation", "updated_at", "documents", "passages", "model", "semantic", "notices"}
    assert (shown["generation"], shown["documents"], shown["model"], shown["semantic"]) == (1, 2, None, False)


def test_a_filter_that_no_document_passes_is_told(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "search", "Pause", "--mode", "lexical", "--filter", "collection=nix", "--kb", kb)
    assert "Zu diesen Filtern gibt es kein Dokument" in out
