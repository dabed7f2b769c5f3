"""The service as a process of its own, for measurements and checks that ask it over HTTP as a client does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60  # until it listens; it does so before the language model is loaded
MODEL_SECONDS = 180  # until the model is loaded, on a busy machine
STOP_SECONDS = 30


class ServiceFailed(Exception):
    """The service does not start or does not answer; the message is German and says what to do."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running service."""

    address: str  # "http://127.0.0.1:8000", without a path
    process_id: int


@contextmanager
def serve(kb: Path, settings: Mapping[str, str], model_seconds: float = MODEL_SECONDS) -> Iterator[Served]:
    """Run `change-wissen serve` over the knowledge base `kb` on a free port, with settings (variable -> value) of its own.

    Yields once it answers, by meaning too if the model can be had within `model_seconds`. Raises ServiceFailed.
    """
    variables = [f"{name}={value}" for name, value in settings.items()]
    command = ["env", *variables, sys.executable, "-m", "change_wissen", "serve", "--kb", str(kb), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own command, no shell
        try:
            address = _read_address(process)
            await_ready(address, model_seconds=model_seconds)
            yield Served(address, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def create_key(kb: Path) -> str:
    """Return a new key for the administration of the knowledge base `kb`; raise ServiceFailed where none can be had."""
    command = [sys.executable, "-m", "change_wissen", "keys", "create", "Prüfung", "--scope", "admin", "--kb", str(kb)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  # our own command, no shell
    if done.returncode:
        raise ServiceFailed("Für die Wissensbasis lässt sich kein Schlüssel anlegen; der Grund steht darüber.")
    return done.stdout.strip()


def _read_address(process: subprocess.Popen[str]) -> str:
    lines = process.stdout or ()
    for line in lines:
        if found := re.search(r"http://\S+", line):
            return found.group()
    raise ServiceFailed("Der Dienst startet nicht. Bitte „change-wissen serve“ mit demselben Ordner von Hand versuchen.")


def await_ready(address: str, start_seconds: float = START_SECONDS, model_seconds: float = MODEL_SECONDS) -> None:
    """Return once the service answers by meaning, or says that it will not; raise ServiceFailed if it never answers."""
    begun = time.monotonic()
    while True:
        waited = time.monotonic() - begun
        try:
            ready = read_json(f"{address}/api/v1/ready")
        except OSError as error:
            if waited > start_seconds:
                raise ServiceFailed(f"Unter {address} antwortet kein Dienst ({error}). Bitte Adresse prüfen.") from error
        else:
            loading = any("geladen" in str(notice) for notice in _list(ready.get("notices")))
            if ready.get("semantic") or not loading or waited > model_seconds:
                return
        time.sleep(0.2)


def read_json(address: str) -> dict[str, object]:
    """Return the JSON object at an address of the service; raise OSError if there is none."""
    try:
        with urllib.request.urlopen(address, timeout=START_SECONDS) as response:  # noqa: S310  # the service's own address
            found = json.load(response)
    except ValueError as error:
        raise OSError(str(error)) from error
    if not isinstance(found, dict):
        raise OSError("kein JSON-Objekt")
    return found


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
