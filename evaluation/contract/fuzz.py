"""Odd requests by the ten thousand: `python -m evaluation.contract.fuzz --kb DIR --cases 20000`, or `--url` of one that runs.

schemathesis makes requests from the OpenAPI document, such as fit it and such as do not, and runs every check it has on the
answers. Each round has a seed of its own, so that a run can be repeated; what fails is told with the command that repeats it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evaluation.served import ServiceFailed, create_key, read_json, serve

CASES = 20_000
SAMPLE = "Was ist bei der Einführung von KI zu beachten?"
KNOWN_SHARE = 0.5  # of the ids in addresses that exist; the others are made up
LONGEST_ROUND = 3600  # seconds
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one round or of all."""

    cases: int
    failures: tuple[str, ...]  # kind and operation of each


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until enough cases are tried; return 0 if all went well, 1 after a failure, 2 if the service does not start."""
    options = _build_parser().parse_args(arguments)
    try:
        with _find_service(options) as (address, key):
            outcome = fuzz(address, options.cases, options.seed, options.reports, key)
    except ServiceFailed as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{outcome.cases} Fälle, {len(outcome.failures)} Fehler", *outcome.failures, sep="\n")
    return 1 if outcome.failures or outcome.cases < options.cases else 0


def fuzz(address: str, cases: int, seed: int, reports: Path, key: str | None = None) -> Outcome:
    """Try at least `cases` requests on the service at `address`, in rounds; the reports of schemathesis go to a folder.

    `key` opens the administration. Raises ServiceFailed where a round ends without a report or a request.
    """
    reports.mkdir(parents=True, exist_ok=True)
    operations = count_operations(read_json(f"{address}/api/v1/openapi.json"))
    outcome = Outcome(0, ())
    while outcome.cases < cases:
        each = max(1, (cases - outcome.cases) // operations)
        found = run_round(address, each, seed, reports / f"seed-{seed}.json", key)
        outcome = Outcome(outcome.cases + found.cases, (*outcome.failures, *found.failures))
        seed += 1
    return outcome


def run_round(
    address: str, each: int, seed: int, report: Path, key: str | None = None, phases: Sequence[str] = PHASES
) -> Outcome:
    """Try up to `each` requests per operation and phase; raise ServiceFailed where there is no report or no request."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "schemathesis.toml"
        settings.write_text(write_settings(find_ids(address), key), "utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
        command += [f"{address}/api/v1/openapi.json", "--checks=all", f"--max-examples={each}", f"--seed={seed}"]
        command += ["--continue-on-failure", "--no-color", "--generation-database=none", "--suppress-health-check=all"]
        command += ["--report=json", f"--report-json-path={report.absolute()}"]
        command.append(f"--phases={','.join(phases)}")
        report.unlink(missing_ok=True)
        subprocess.run(command, check=False, timeout=LONGEST_ROUND)  # noqa: S603  # our own command, no shell
    if not report.exists():
        raise ServiceFailed("schemathesis hat keinen Bericht geschrieben; seine Ausgabe steht darüber.")
    outcome = read_outcome(json.loads(report.read_text("utf-8")))
    if not outcome.cases:
        raise ServiceFailed("schemathesis hat keine Anfragen gestellt; seine Ausgabe steht darüber.")
    return outcome


def read_outcome(report: Mapping[str, object]) -> Outcome:
    """Return cases and failures of a JSON report of schemathesis; errors of its own count as failures."""
    cases, failures, errors = report["test_cases"], report["failures"], report["errors"]
    told = [f"{each['code']} {each['title']}: {', '.join(each['operations'])}" for each in _mappings(failures)]
    told += [f"Fehler von schemathesis: {json.dumps(each, ensure_ascii=False)}" for each in _mappings(errors)]
    return Outcome(int(cases["generated"]) if isinstance(cases, dict) else 0, tuple(told))


def _mappings(value: object) -> list[dict[str, list[str]]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def count_operations(document: Mapping[str, object]) -> int:
    """Return how many operations an OpenAPI document describes."""
    paths = document["paths"]
    return sum(len(methods) for methods in paths.values()) if isinstance(paths, dict) else 0


def find_ids(address: str) -> dict[str, list[str]]:
    """Return ids that exist, by the name of their parameter, so that not every address with an id leads nowhere."""
    asked = f"{address}/api/v1/search?mode=lexical&page_size=20&q={SAMPLE.replace(' ', '+').replace('ü', '%C3%BC')}"
    hits = read_json(asked)["hits"]
    found = [each for each in hits if isinstance(each, dict)] if isinstance(hits, list) else []
    documents = list(dict.fromkeys(str(hit["document"]["id"]) for hit in found))
    return {"document_id": documents, "passage_id": [str(hit["id"]) for hit in found]}


def write_settings(ids: Mapping[str, Sequence[str]], key: str | None = None) -> str:
    """Return the settings of schemathesis in TOML: our rules, the key, and ids that exist for a share of the addresses.

    Keys are not made up beside the given one: the check of access takes it away by itself.
    """
    lines = [
        'hooks = "evaluation.contract.rules"',
        "",
        "[cache]",
        "enabled = false",
        "",
        "[generation]",
        "with-security-parameters = false",
        "",
    ]
    if key:
        lines += ["[auth.openapi.bearer]", f"bearer = {json.dumps(key)}", ""]
    known = {name: found for name, found in ids.items() if found}
    for name, found in known.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(list(found))}", ""]
    lines.append("[parameters]")
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = {KNOWN_SHARE} }}' for name in known]
    return "\n".join(lines) + "\n"


@contextmanager
def _find_service(options: argparse.Namespace) -> Iterator[tuple[str, str | None]]:
    """Yield the address of the service and the key that opens all of it."""
    if options.url:
        yield options.url.rstrip("/"), options.key
        return
    with tempfile.TemporaryDirectory() as folder:  # a copy: thousands of orders for the administration go into it
        copy = Path(folder) / "kb"
        try:
            shutil.copytree(options.kb, copy)
        except OSError as error:
            raise ServiceFailed(f"Die Wissensbasis {options.kb} ist nicht lesbar. Bitte den Ordner prüfen.") from error
        key = create_key(copy)
        with serve(copy, {"CHANGE_WISSEN_RATE": "0", "CHANGE_WISSEN_LOG": "off"}) as served:
            yield served.address, key


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.contract.fuzz",
        description="Prüft die Schnittstelle mit erdachten Anfragen gegen ihr Schema.",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--kb", type=Path, metavar="ORDNER", help="Wissensbasis; der Dienst wird über einer Kopie gestartet")
    where.add_argument("--url", metavar="ADRESSE", help="Adresse eines Dienstes, der schon läuft")
    parser.add_argument("--cases", type=int, default=CASES, metavar="N", help=f"mindestens so viele Anfragen (sonst {CASES})")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="Startwert der ersten Runde (sonst 1)")
    parser.add_argument("--key", metavar="SCHLÜSSEL", help="Schlüssel für die Verwaltung, nur mit --url")
    parser.add_argument(
        "--reports", type=Path, default=Path("build/fuzz"), metavar="ORDNER", help="für die Berichte (sonst build/fuzz)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
