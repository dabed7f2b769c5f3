"""Running commands of the command line as a user would, inside the test process."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

import change_wissen

# What argparse says in English; none of it may reach a reader.
ENGLISH = re.compile(
    r"\b(usage|error|argument|arguments|required|invalid|choice|choose|value|expected|unrecognized|option|options|positional|"
    r"show this|exit|ambiguous|could match|ignored|Traceback|must|the|not)\b"
)


def use_no_settings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """No setting of the machine, and a model that is not there: the commands stay quick."""
    for name in [name for name in os.environ if name.startswith("CHANGE_WISSEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHANGE_WISSEN_MODEL", str(folder / "kein-modell"))
    monkeypatch.setenv("COLUMNS", "300")


def fill(folder: Path) -> Path:
    """Return `folder`, made, with two texts and a picture of a kind that is not read."""
    folder.mkdir()
    (folder / "pausen.txt").write_text(
        "Pausenregeln\n\nNach sechs Stunden Arbeit ist eine Pause von 30 Minuten vorgeschrieben.\n"
    )
    (folder / "schicht.md").write_text(
        "# Schichtplanung\n\nGute Schichtplanung braucht Vorlauf.\n\n## Tausch\n\nSchichten tauschen.\n"
    )
    (folder / "bild.gif").write_bytes(b"GIF89a")
    return folder


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
