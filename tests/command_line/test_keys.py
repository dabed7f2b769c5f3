"""The command line: keys are created, listed and revoked; each is shown once."""

from __future__ import annotations

from pathlib import Path

import pytest

import change_wissen
from search_service.desk.keys import Scope
from search_service.desk.opening import open_desk
from search_service.errors import KeyRefused
from tests.command_line.session import ENGLISH, run, run_json


def test_a_key_is_printed_once_and_holds_until_it_is_revoked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = run(capsys, "keys", "create", "Redaktion", "--scope", "admin", "--kb", tmp_path)
    assert (code, out.count("\n")) == (0, 1)
    key = out.strip()
    assert key not in err
    assert "nur dieses eine Mal gezeigt" in err
    keys = open_desk(tmp_path).keys
    assert keys.check(key).scope is Scope.ADMIN
    code, out, _ = run(capsys, "keys", "list", "--kb", tmp_path)
    assert (code, key in out) == (0, False)
    assert all(told in out for told in (key[3:11], "admin", "zuletzt benutzt", "gilt", "Redaktion"))
    code, out, _ = run(capsys, "keys", "revoke", key[3:11], "--kb", tmp_path)
    assert (code, "ist gesperrt" in out) == (0, True)
    code, out, _ = run(capsys, "keys", "revoke", key[3:11], "--kb", tmp_path)
    assert (code, "war schon gesperrt, seit dem" in out) == (0, True)
    with pytest.raises(KeyRefused):
        keys.check(key)
    assert "gesperrt am" in run(capsys, "keys", "list", "--kb", tmp_path)[1]


def test_keys_are_listed_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_json(capsys, "keys", "list", "--json", "--kb", tmp_path) == []
    run(capsys, "keys", "create", "Portal", "--scope", "search", "--expires", "2999-12-31", "--kb", tmp_path)
    (told,) = run_json(capsys, "keys", "list", "--json", "--kb", tmp_path)
    assert (told["name"], told["scope"], told["expires"], told["last_used"]) == ("Portal", "search", "2999-12-31", None)


def test_without_keys_the_list_says_how_to_make_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "change-wissen keys create" in run(capsys, "keys", "list", "--kb", tmp_path)[1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["keys", "revoke", "unbekannt"], "„unbekannt“ gibt es nicht. „change-wissen keys list“ zeigt alle Kennungen."),
        (["keys", "create", " ", "--scope", "admin"], "braucht einen Namen"),
        (["keys", "create", "A", "--scope", "admin", "--expires", "2020-01-01"], "schon vorbei"),
    ],
)
def test_what_cannot_be_done_is_told_in_german(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], told: str
) -> None:
    code, out, err = run(capsys, *arguments, "--kb", tmp_path)
    assert (code, out) == (2, "")
    assert told in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["keys"], "es fehlt: BEFEHL"),
        (["keys", "create", "A"], "es fehlt: --scope"),
        (["keys", "create", "A", "--scope", "alles"], "„alles“ gibt es nicht (möglich: 'search', 'admin')"),
        (["keys", "create", "A", "--scope", "admin", "--expires", "bald"], "„bald“ ist kein Tag wie 2027-12-31"),
        (["keys", "create", "--help"], "wem der Schlüssel gehört"),
    ],
)
def test_usage_is_told_in_german(capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    with pytest.raises(SystemExit):
        change_wissen.main(arguments)
    said = capsys.readouterr()
    assert told in said.out + said.err
    assert ENGLISH.findall(said.out + said.err) == []
