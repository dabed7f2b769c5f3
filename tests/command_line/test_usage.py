"""The command line: wrong usage, help, settings and accidents end with the right code and in German."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import change_wissen
import change_wissen_model
from tests.command_line.session import ENGLISH, run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "es fehlt: BEFEHL"),
        (["suche"], "„suche“ gibt es nicht (möglich: 'ingest', 'watch', 'extract', 'search'"),
        (["watch"], "es fehlt: PFAD"),
        (["extract"], "es fehlt: DATEI"),
        (["search"], "es fehlt: FRAGE"),
        (["search", "Pause", "--limit"], "hier fehlt ein Wert"),
        (["search", "Pause", "--limit", "x"], "„x“ ist keine ganze Zahl"),
        (["search", "Pause", "--limit", "0"], "„0“ ist keine ganze Zahl"),
        (["search", "Pause", "--limit", "9" * 5000], "ist keine ganze Zahl"),
        (["search", "Pause", "--farbe", "rot"], "unbekannt: --farbe rot"),
        (["search", "Pause", "--group-by", "farbe"], "„farbe“ gibt es nicht (möglich: 'spread', 'document', 'none')"),
        (["search", "Pause", "--json=ja"], "der Wert 'ja' gehört hier nicht hin"),
        (["ingest", "x", "--re"], "--re ist nicht eindeutig (möglich: --report, --reread, --reembed)"),
        (["serve", "--port", "achtzig"], "„achtzig“ ist kein Port (0 bis 65535)"),
        (["serve", "--port", "99999"], "„99999“ ist kein Port (0 bis 65535)"),
        (["search", "Pause", "--limit", "101"], "„101“ ist keine ganze Zahl von 1 bis 100"),
        (["evaluate", "x", "--gate", "--renew-gate"], "--renew-gate: geht nicht zusammen mit --gate"),
        (["evaluate", "x", "--every", "0"], "„0“ ist keine ganze Zahl ab 1"),
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
    [
        "",
        "ingest",
        "watch",
        "extract",
        "search",
        "serve",
        "work",
        "keys",
        "keys create",
        "keys list",
        "keys revoke",
        "evaluate",
        "latency",
        "status",
        "model",
        "model prepare",
        "model show",
    ],
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
        (["search", "x" * 10_000, "--kb", "KB"], "mit 10.000 Zeichen zu lang (höchstens 2.000)"),
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
        (["evaluate"], "Was soll gemessen werden? Bitte einen Ordner"),
        (["evaluate", "NIRGENDS"], "NIRGENDS“ gibt es nicht"),
        (["evaluate", "JUDGED", "JUDGED"], "Zwei Sätze heißen „satz“"),
        (["evaluate", "JUDGED", "--renew-gate", "--mode", "lexical"], "--renew-gate ohne --mode"),
        (["evaluate", "JUDGED", "--chart", "NIRGENDS/c.svg", "--mode", "lexical"], "ist nicht schreibbar"),
        (["evaluate", "JUDGED", "--gate", "--floors", "FOLDER/pausen.txt"], "lassen sich nicht lesen"),
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
    assert "kein Speicherplatz mehr" in err


def test_an_interrupted_command_ends_with_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(change_wissen_model, "find_kb_folder", interrupt)
    code, _, err = run(capsys, "status")
    assert code == 130
    assert "Abgebrochen" in err


def test_a_port_in_use_ends_with_2_and_a_german_sentence(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = change_wissen.main(["serve", "--kb", str(kb), "--port", str(taken.getsockname()[1])])
    assert code == 2
    assert "nicht lauschen" in capsys.readouterr().err
