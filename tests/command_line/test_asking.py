"""The command line: search and status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import change_wissen_model
from search_service.answers import SearchAnswer
from tests.command_line.session import fill, run, run_json
from tests.stand_in_embedder import HashedWordsEmbedder


@pytest.fixture
def meaning_kb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A knowledge base with vectors of a stand-in for the model, which also embeds the questions."""
    monkeypatch.setattr(change_wissen_model, "load_embedder", lambda *_: (HashedWordsEmbedder(), None))
    assert run(capsys, "ingest", fill(tmp_path / "texte"), "--kb", tmp_path / "kb")[0] == 0
    return tmp_path / "kb"


def test_search_prints_hits_with_their_citation(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    code, out, err = run(capsys, "search", "Wie lang ist die Pause?", "--kb", kb, "--mode", "lexical")
    assert (code, err) == (0, "")
    assert " 1. Pausenregeln" in out
    assert "30 Minuten" in out


def test_a_hit_says_how_likely_it_fits(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    for question, told in (("Pausenregel", "Wahrscheinlich passend"), ("Schicht Pause", "Eher nicht passend")):
        _, out, _ = run(capsys, "search", question, "--kb", kb, "--mode", "lexical")
        assert f"    {told}\n" in out


def test_search_without_a_hit_says_so_first(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    code, out, _ = run(capsys, "search", "Quantencomputer", "--kb", kb, "--mode", "lexical")
    assert code == 0
    assert out.startswith("Dazu haben wir nichts Passendes gefunden.\n")
    assert out.endswith("Bitte andere Wörter oder weniger Filter versuchen.\n")


def test_where_nothing_fits_near_topics_come_before_the_nearest_passages(
    capsys: pytest.CaptureFixture[str], meaning_kb: Path
) -> None:
    code, out, _ = run(capsys, "search", "Quantencomputer Pausenregeln Mondlandung", "--kb", meaning_kb)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "Dazu haben wir nichts Passendes gefunden."
    assert lines[1].startswith("Nahe Themen: „Pausenregeln“")
    assert out.index("Nahe Themen") < out.index("Was am nächsten kommt:") < out.index(" 1. ")
    assert "    Eher nicht passend" in lines


def test_a_sure_slip_is_searched_as_it_was_meant_unless_told_otherwise(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    _, out, _ = run(capsys, "search", "Schichtplanunk", "--kb", kb, "--mode", "lexical")
    assert out.startswith("Gesucht wurde nach „Schichtplanung“. Wie eingegeben sucht --verbatim.\n")
    assert " 1. Schichtplanung" in out
    _, out, _ = run(capsys, "search", "Schichtplanunk", "--kb", kb, "--mode", "lexical", "--verbatim")
    assert out.startswith("Dazu haben wir nichts Passendes gefunden.")
    assert "Gesucht wurde" not in out


def test_an_unsure_spelling_is_offered(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    _, out, _ = run(capsys, "search", "Arbeti", "--kb", kb, "--mode", "lexical")
    assert "Meinten Sie „Arbeit“?" in out


def test_synonyms_of_the_operator_are_searched_and_told(
    capsys: pytest.CaptureFixture[str], kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "synonyme.txt").write_text("Unterbrechung, Pause\n", "utf-8")
    monkeypatch.setenv("CHANGE_WISSEN_SYNONYMS", str(tmp_path / "synonyme.txt"))
    _, out, _ = run(capsys, "search", "Unterbrechung", "--kb", kb, "--mode", "lexical")
    assert "Auch gesucht: „Unterbrechung“ als Pause." in out
    assert " 1. Pausenregeln" in out


def test_a_synonyms_file_with_a_fault_is_named_with_its_line(
    capsys: pytest.CaptureFixture[str], kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "synonyme.txt").write_text("Azubi, Lehrling\nallein\n", "utf-8")
    monkeypatch.setenv("CHANGE_WISSEN_SYNONYMS", str(tmp_path / "synonyme.txt"))
    code, _, err = run(capsys, "search", "Pause", "--kb", kb, "--mode", "lexical")
    assert code == 2
    assert "In „synonyme.txt“, Zeile 2: „allein“ steht allein." in err


@pytest.mark.parametrize(("grouping", "passages"), [("spread", 2), ("document", 1), ("none", 2)])
def test_as_many_passages_of_a_document_are_printed_as_asked_for(
    capsys: pytest.CaptureFixture[str], kb: Path, grouping: str, passages: int
) -> None:
    answer = run_json(capsys, "search", "Schichtplanung", "--kb", kb, "--mode", "lexical", "--group-by", grouping, "--json")
    assert [hit["document"]["title"] for hit in answer["hits"]] == ["Schichtplanung"] * passages


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
