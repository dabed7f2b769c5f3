"""Files on which readers were seen to fail, hang or swell: none may cost more than itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "../shared/documents"
MOST_KILOBYTES = 500_000  # of the parent: it holds what files gave, never what they swell to
RUN = """
import json, re, sys
from dataclasses import replace
from pathlib import Path
from ingest.blocks import Extraction
from ingest.limits import DEFAULT_LIMITS
from ingest.pool import ExtractorPool
paths = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file() and path.stat().st_size)
with ExtractorPool(replace(DEFAULT_LIMITS, seconds=20.0, cpu_seconds=15)) as pool:
    for path, result in pool.extract_all(paths):
        is_text = isinstance(result, Extraction)
        print(json.dumps([path.name, "text" if is_text else type(result).__name__, "" if is_text else str(result)]))
status = Path("/proc/self/status")  # getrusage would count what the process that started this one held
print(json.dumps(["", "", int(re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1]) if status.is_file() else 0]))
"""
pytestmark = pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the documents beside the checkout are not there")


def read_all(folder: Path) -> tuple[dict[str, tuple[str, str]], int]:
    """Return name -> (kind of outcome, German reason) of every file, and the parent's peak of memory in kB."""
    done = subprocess.run([sys.executable, "-c", RUN, str(folder)], capture_output=True, text=True, cwd=ROOT, check=True)
    *files, (_, _, peak) = map(json.loads, done.stdout.splitlines())
    return {name: (kind, reason) for name, kind, reason in files}, peak


def test_every_hostile_file_ends_in_a_german_state_and_the_parent_stays_small() -> None:
    outcomes, peak = read_all(DOCUMENTS / "hostile")
    assert len(outcomes) == sum(1 for path in (DOCUMENTS / "hostile").rglob("*") if path.is_file() and path.stat().st_size)
    assert {kind for kind, _ in outcomes.values()} <= {"text", "UnreadableDocument", "ProtectedDocument", "NothingToIndex"}
    for name, (kind, reason) in outcomes.items():
        if kind != "text":
            assert re.search(r"[a-zäöüß]{3}.*[.:]$", reason), (name, reason)
            assert re.search(r"\b(?:Die|Das|Bitte|Der|Eine?|Lesen|Unbekanntes|Kein|Archive|XML|Seiten?)\b", reason), (
                name,
                reason,
            )
        assert "Absturz" not in reason, name
        assert "dauerte länger" not in reason, name
    for name in ("billion_laughs.docx", "xxe_etc_passwd.docx", "path_traversal.docx", "zipbomb_document_xml_300MB.docx"):
        assert outcomes[name][0] == "UnreadableDocument"
    assert peak < MOST_KILOBYTES
