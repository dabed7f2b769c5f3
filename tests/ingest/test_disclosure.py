"""What editors are told of where files lie."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from ingest.disclosure import hide_folders, hide_folders_in

ROOT = PurePath("/srv/wissen")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/wissen/uploads/a b.pdf", "uploads/a b.pdf"),
        ("/daten/ablage/a.pdf", "a.pdf"),
        ("/srv/wissen", "wissen"),
        ("Gleich wie „/daten/Meine Ablage/a b.pdf“. Verschoben von „/srv/wissen/uploads/c.pdf“.",
         "Gleich wie „a b.pdf“. Verschoben von „uploads/c.pdf“."),
        ("Die Datei /srv/wissen/uploads/c.pdf ist nicht vorhanden.", "Die Datei uploads/c.pdf ist nicht vorhanden."),
        ("Bitte „PATCH …/metadata“ oder https://example.org/a/b und 3/4/5 und/oder „a/b/c“.",) * 2,
    ],
)  # fmt: skip
def test_a_path_is_told_by_its_place_in_the_knowledge_base_or_by_its_name(text: str, told: str) -> None:
    assert hide_folders(text, ROOT) == told


def test_a_report_is_read_to_its_depths() -> None:
    report = {"files": [{"path": "/daten/a.pdf", "seconds": 0.5}], "pruned": ["/daten/b.pdf"], "document_id": None}
    told = {"files": [{"path": "a.pdf", "seconds": 0.5}], "pruned": ["b.pdf"], "document_id": None}
    assert hide_folders_in(report, ROOT) == told
