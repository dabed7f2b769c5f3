"""The command line: every command on a tiny folder, its exit code, its German words and the shape of its JSON."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import change_wissen
import change_wissen_model
from search_service.answers import SearchAnswer
from search_service.knowledge_base.store import KnowledgeBase
from tests.stand_in_embedder import HashedWordsEmbedder

# What argparse says in English; none of it may reach a reader.
ENGLISH = re.compile(
    r"\b(usage|error|argument|arguments|required|invalid|choice|choose|value|expected|unrecognized|option|options|positional|"
    r"show this|exit|ambiguous|could match|ignored|Traceback|must|the|not)\b"
)
MODES = {"lexical", "semantic", "hybrid"}
MEASURES = {"ndcg@10", "mrr@10", "recall@10", "recall@100", "ci95"}


def use_no_settings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """No setting of the machine, and a model that is not there: the commands stay quick."""
    for name in [name for name in os.environ if name.startswith("CHANGE_WISSEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHANGE_WISSEN_MODEL", str(folder / "kein-modell"))
    monkeypatch.setenv("COLUMNS", "300")


def fill(folder: Path) -> Path:
    """Return `folder`, made, with two texts and a picture."""
    folder.mkdir()
    (folder / "pausen.txt").write_text(
        "Pausenregeln\n\nNach sechs Stunden Arbeit ist eine Pause von 30 Minuten vorgeschrieben.\n"
    )
    (folder / "schicht.md").write_text(
        "# Schichtplanung\n\nGute Schichtplanung braucht Vorlauf.\n\n## Tausch\n\nSchichten tauschen.\n"
    )
    (folder / "bild.png").write_bytes(b"\x89PNG")
    return folder


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


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Return exit code, standard output and error output of one command."""
    code = change_wissen.main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Any:
    code, out, _ = run(capsys, *arguments)
    assert code == 0
    return json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "es fehlt: BEFEHL"),
        (["suche"], "„suche“ gibt es nicht (möglich: 'ingest', 'extract', 'search'"),
        (["ingest"], "es fehlt: PFAD"),
        (["extract"], "es fehlt: DATEI"),
        (["search"], "es fehlt: FRAGE"),
        (["search", "Pause", "--limit"], "hier fehlt ein Wert"),
        (["search", "Pause", "--limit", "x"], "„x“ ist keine ganze Zahl"),
        (["search", "Pause", "--limit", "0"], "„0“ ist keine ganze Zahl"),
        (["search", "Pause", "--limit", "9" * 5000], "ist keine ganze Zahl"),
        (["search", "Pause", "--farbe", "rot"], "unbekannt: --farbe rot"),
        (["search", "Pause", "--json=ja"], "der Wert 'ja' gehört hier nicht hin"),
        (["ingest", "x", "--re"], "--re ist nicht eindeutig (möglich: --report, --reembed)"),
        (["serve", "--port", "achtzig"], "„achtzig“ ist kein Port (0 bis 65535)"),
        (["serve", "--port", "99999"], "„99999“ ist kein Port (0 bis 65535)"),
        (["search", "Pause", "--limit", "101"], "„101“ ist keine ganze Zahl von 1 bis 100"),
        (["evaluate"], "es fehlt: ORDNER"),
        (["evaluate", "x", "--mode", "fuzzy"], "„fuzzy“ gibt es nicht (möglich: 'lexical', 'semantic', 'hybrid')"),
        (["latency"], "es fehlt: --queries"),
        (["latency", "--queries", "x", "--limit", "-3"], "„-3“ ist keine ganze Zahl"),
        (["model"], "es fehlt: BEFEHL"),
        (["model", "laden"], "„laden“ gibt es nicht (möglich: 'prepare', 'verify', 'show')"),
        (["status", "zuviel"], "unbekannt: zuviel"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_german_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        change_wissen.main(arguments)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "Fehler: " in said
    assert message in said
    assert said.startswith("Aufruf: change-wissen")
    assert ENGLISH.findall(said) == []


@pytest.mark.parametrize(
    "command",
    ["", "ingest", "extract", "search", "serve", "evaluate", "latency", "status", "model", "model prepare", "model show"],
)
def test_help_is_german(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        change_wissen.main([*command.split(), "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said.startswith("Aufruf: change-wissen")
    assert "diese Hilfe zeigen" in said
    assert ENGLISH.findall(said) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "Pause", "--kb", "NIRGENDS"], "liegt keine Wissensbasis. Bitte zuerst „change-wissen ingest"),
        (["status", "--kb", "NIRGENDS"], "liegt keine Wissensbasis"),
        (["serve", "--kb", "NIRGENDS"], "liegt keine Wissensbasis"),
        (["search", "Pause"], "Bitte --kb ORDNER angeben oder CHANGE_WISSEN_KB setzen"),
        (["search", "", "--kb", "KB"], "Die Frage ist leer"),
        (["search", "  ", "--kb", "KB"], "Die Frage ist leer"),
        (["search", "x" * 10_000, "--kb", "KB"], "mit 10000 Zeichen zu lang (höchstens 2000)"),
        (["search", "Pause \udcff", "--kb", "KB"], "beschädigte Zeichen"),
        (["search", "Pause", "--mode", "fuzzy", "--kb", "KB"], "Den Modus „fuzzy“ gibt es nicht. Erlaubt sind: hybrid"),
        (
            ["search", "Pause", "--filter", "farbe=rot", "--kb", "KB"],
            "Den Filter „farbe“ gibt es nicht. Erlaubt sind: collection",
        ),
        (["search", "Pause", "--filter", "year=bald", "--kb", "KB"], "„bald“ ist kein Jahr"),
        (["search", "Pause", "--filter", "wissen", "--kb", "KB"], "unvollständig"),
        (["ingest", "FOLDER", "--kb", "FOLDER/pausen.txt"], "kann keine Wissensbasis angelegt werden"),
        (["ingest", "FOLDER", "--kb", "KB", "--report", "NIRGENDS/r.json"], "ist nicht schreibbar"),
        (["evaluate", "NIRGENDS"], "NIRGENDS“ gibt es nicht"),
        (["evaluate", "JUDGED"], "Sprachmodell"),
        (["latency", "--queries", "NIRGENDS", "--kb", "KB"], "fehlt"),
        (["model", "verify"], "Sprachmodell"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_a_german_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path, kb: Path, judged: Path, arguments: list[str], message: str
) -> None:
    places = {"NIRGENDS": tmp_path / "NIRGENDS", "FOLDER": folder, "KB": kb, "JUDGED": judged}
    for word, place in places.items():
        arguments = [argument.replace(word, str(place)) for argument in arguments]
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("Fehler: ")
    assert err.count("\n") == 1
    assert message in err


def test_an_unknown_setting_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kb: Path) -> None:
    monkeypatch.setenv("CHANGE_WISSEN_PROT", "80")
    assert run(capsys, "status", "--kb", kb) == (
        2, "", "Fehler: Die Einstellung CHANGE_WISSEN_PROT gibt es nicht. Gemeint ist vielleicht CHANGE_WISSEN_PORT.\n"
    )  # fmt: skip


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
        "bild.png",
    ):
        assert words in out
    assert "Suchindex 1 ist veröffentlicht." in out
    assert "change-wissen model prepare" in out
    written = json.loads(report.read_text("utf-8"))
    assert written["totals"] == {"indexed": 2, "unchanged": 0, "duplicate": 0, "skipped": 1, "failed": 0}
    assert [set(file) for file in written["files"]] == [{"path", "state", "reason", "passages", "seconds"}] * 3
    assert {Path(file["path"]).name: file["state"] for file in written["files"]} == {
        "bild.png": "skipped", "pausen.txt": "indexed", "schicht.md": "indexed"
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


@pytest.mark.parametrize("name", ["leer.txt", "fehlt.txt", "bild.png"])
def test_extract_of_what_cannot_be_read_ends_with_1_and_the_reason(
    capsys: pytest.CaptureFixture[str], folder: Path, name: str
) -> None:
    (folder / "leer.txt").write_bytes(b"")
    code, out, err = run(capsys, "extract", folder / name)
    assert (code, out) == (1, "")
    assert name in err


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


def test_status_tells_what_there_is_and_what_is_off(capsys: pytest.CaptureFixture[str], kb: Path) -> None:
    code, out, _ = run(capsys, "status", "--kb", kb)
    assert code == 0
    assert re.search(r"Dokumente: +2\n", out)
    assert re.search(r"Modell: +keines\n", out)
    assert re.search(r"Bedeutungssuche: +aus\nHinweis: Die Suche nach Bedeutung ist aus", out)
    shown = run_json(capsys, "status", "--kb", kb, "--json")
    assert set(shown) == {"kb", "generation", "updated_at", "documents", "passages", "model", "semantic", "notices"}
    assert (shown["generation"], shown["documents"], shown["model"], shown["semantic"]) == (1, 2, None, False)


def test_a_model_that_is_missing_is_shown_as_missing(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "model", "show")
    assert (code, err) == (2, "")
    assert "kein-modell" in out
    assert "change-wissen model prepare" in out


def test_no_access_to_a_file_is_told_in_german(
    capsys: pytest.CaptureFixture[str], kb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(change_wissen_model, "find_kb_folder", refuse)
    code, _, err = run(capsys, "status", "--kb", kb)
    assert code == 2
    assert "Bitte Rechte und freien Platz prüfen" in err


def test_an_interrupted_command_ends_with_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(change_wissen_model, "find_kb_folder", interrupt)
    code, _, err = run(capsys, "status")
    assert code == 130
    assert "Abgebrochen" in err


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


def test_a_port_in_use_ends_with_2_and_a_german_sentence(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = change_wissen.main(["serve", "--kb", str(kb), "--port", str(taken.getsockname()[1])])
    assert code == 2
    assert "nicht lauschen" in capsys.readouterr().err


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


def test_a_filter_that_no_document_passes_is_told(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "search", "Pause", "--mode", "lexical", "--filter", "collection=nix", "--kb", kb)
    assert "Zu diesen Filtern gibt es kein Dokument" in out
