"""`change-wissen serve` as a process of its own: it begins, answers, logs and ends in good order."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from change_wissen_service import allow_open_files, describe_variant
from search_service.settings import PREFIX, Settings
from tests.search_service.small_library import build_library

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def kb(tmp_path_factory):
    root = tmp_path_factory.mktemp("served")
    build_library(root)
    return root / "kb"


def start(kb, **settings):
    """Start the service; return the process and its address."""
    chosen = {PREFIX + name.upper(): str(value) for name, value in ({"model": kb / "gibt-es-nicht"} | settings).items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    process = subprocess.Popen(
        [sys.executable, "-m", "change_wissen", "serve", "--kb", str(kb), "--port", "0"],
        cwd=ROOT, env=kept | chosen, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    if not found:
        process.kill()
        pytest.fail(f"no address: {line} {process.communicate()[1]}")
    return process, found[0]


def finish(process):
    """Return the exit code and what was logged."""
    _, logged = process.communicate(timeout=30)
    return process.returncode, logged


def fetch(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.status, answer.headers, answer.read()


def test_a_search_is_answered_logged_without_its_words_and_counted(kb):
    process, address = start(kb)
    status, headers, _ = fetch(f"{address}/api/v1/search?q=Betriebsgeheimnis")
    _, _, measured = fetch(f"{address}/metrics")
    process.send_signal(signal.SIGTERM)
    code, logged = finish(process)
    assert (status, code) == (200, 0)
    assert b'change_wissen_searches_total{mode="hybrid"' in measured
    assert "Betriebsgeheimnis" not in logged
    assert "127.0.0.1" not in logged
    lines = [json.loads(line) for line in logged.splitlines()]
    (answered,) = (line for line in lines if line["event"] == "answered")
    assert answered["request_id"] == headers["x-request-id"]
    assert (answered["route"], answered["status"], answered["generation"]) == ("/api/v1/search", 200, 1)


@pytest.mark.parametrize("asked_by", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_finishes_what_it_began_and_takes_nothing_new(kb, asked_by):
    process, address = start(kb, log="off")
    host, port = address.removeprefix("http://").rsplit(":", 1)
    body = json.dumps({"q": "Schichtplanung"}).encode()
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = (
            f"POST /api/v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body[:5])
        fetch(f"{address}/health")  # by now the request above has begun
        process.send_signal(asked_by)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                time.sleep(0.05)
            except OSError:
                break
        assert process.poll() is None
        connection.sendall(body[5:])
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"Schichtplanung" in answer
    assert finish(process)[0] == 0


def test_what_does_not_finish_is_waited_for_no_longer_than_told(kb):
    process, address = start(kb, grace=1, log="off")
    host, port = address.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"POST /api/v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        fetch(f"{address}/health")
        process.send_signal(signal.SIGTERM)
        assert finish(process)[0] == 0


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"origins": "*"}, "CHANGE_WISSEN_ORIGINS"),
        ({"log": "xml"}, "CHANGE_WISSEN_LOG"),
        ({"burst": 3}, "CHANGE_WISSEN_BURST"),
        ({"metrics": "alle"}, "CHANGE_WISSEN_METRICS"),
        ({"operator": "/gibt/es/nicht.toml"}, "CHANGE_WISSEN_OPERATOR"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_before_the_start(kb, capsys, monkeypatch, settings, told):
    from change_wissen import main

    for name, value in settings.items():
        monkeypatch.setenv(PREFIX + name.upper(), str(value))
    assert main(["serve", "--kb", str(kb), "--port", "0"]) == 2
    assert told in capsys.readouterr().err


def test_settings_that_shape_answers_are_told_apart(tmp_path):
    synonyms = tmp_path / "synonyme.txt"
    synonyms.write_text("a, b")
    variants = [Settings(), Settings(rescoring=0), Settings(public_url="https://x.example"), Settings(operator=str(synonyms))]
    variants.append(Settings(synonyms=str(synonyms)))
    described = [describe_variant(settings) for settings in variants]
    synonyms.write_text("a, c")
    described.append(describe_variant(variants[-1]))
    assert len(set(described)) == 6
    assert describe_variant(Settings(rate=5, log="text")) == described[0]


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        ((256, 8192), 4096),
        ((256, 1024), 1024),
        ((256, resource.RLIM_INFINITY), 4096),
        ((5000, 8192), None),
        ((1024, 1024), None),
    ],
)
def test_as_many_files_are_asked_for_as_the_system_allows(monkeypatch, limits, allowed):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: asked.append(wanted))
    allow_open_files(4096)
    assert asked == ([] if allowed is None else [(allowed, limits[1])])
