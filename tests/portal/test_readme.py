"""The portal section of the README does what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "README.md").read_text("utf-8").partition("## From clone to the first call")[2].partition("\n## ")[0]
ADDRESS = "http://127.0.0.1:8000"
CLIENT = ROOT / "clients/python/change_wissen_client.py"


def read_blocks(language: str) -> list[str]:
    """Return the blocks of one language, without the indentation of the list."""
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", SECTION, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indentation}", "", block, flags=re.MULTILINE).strip() for indentation, block in blocks]


def ask(command: str, service: str) -> httpx.Response:
    """Ask what a line with curl asks."""
    words = shlex.split(command)
    assert words[0] == "curl"
    return httpx.get(words[-1].replace(ADDRESS, service))


def test_the_calls_with_curl_are_answered_as_told(service):
    first, second = [block for block in read_blocks("sh") if block.startswith("curl")]
    assert len(ask(first, service).json()["hits"]) <= 1
    refused = ask(second, service)
    assert refused.status_code == 422
    told = re.search(r'"detail": "([^…]+)…"', SECTION)
    assert told
    assert refused.json()["detail"].startswith(told.group(1).strip())


def test_the_program_in_python_runs_as_it_stands(service, tmp_path):
    (program,) = read_blocks("python")
    (tmp_path / CLIENT.name).write_text(CLIENT.read_text("utf-8"), "utf-8")
    asked = program.replace(ADDRESS, service).replace("Mangel an Fachkräften", "Schichtplanung")
    (tmp_path / "programm.py").write_text(asked, "utf-8")
    done = subprocess.run([sys.executable, "programm.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("/dokument/") == 3
    assert done.stdout.count("@") == 3


@pytest.mark.parametrize("target", ["fuzz", "load"])
def test_the_commands_for_checks_exist(target):
    assert f"`make {target}`" in SECTION
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_the_page_and_the_origin_it_is_allowed_belong_together(service):
    assert "http.server 8001 --bind 127.0.0.1 --directory clients/javascript" in SECTION
    assert "CHANGE_WISSEN_ORIGINS=http://127.0.0.1:8001 make demo" in SECTION
    assert httpx.get(f"{service}/docs", follow_redirects=True).status_code == 200
