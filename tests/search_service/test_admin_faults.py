"""The administration: a refused request names the part that is at fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search_service.searcher import Searcher
from tests.search_service.managed import ADMIN, Office, open_office
from tests.search_service.served import problem
from tests.search_service.small_library import GUIDE

UPLOAD = f"{ADMIN}/documents"


@pytest.fixture
def office(searcher: Searcher, tmp_path: Path) -> Iterator[Office]:
    with open_office(searcher, tmp_path) as office:
        yield office


@pytest.mark.parametrize(
    ("method", "path", "asked", "place"),
    [
        ("GET", f"{ADMIN}/jobs?limit=0", {}, {"parameter": "limit"}),
        ("GET", f"{ADMIN}/gaps?limit=0", {}, {"parameter": "limit"}),
        ("GET", f"{ADMIN}/jobs?before=xyz", {}, {"parameter": "before"}),
        ("PATCH", f"{UPLOAD}/{GUIDE}/metadata", {"json": {}}, {"pointer": "#"}),
        ("POST", UPLOAD, {"files": {"metadata": (None, b"{}")}}, {"pointer": "#/file"}),
        ("POST", UPLOAD, {"files": {"file": ("leer.txt", b"")}}, {"pointer": "#/file"}),
        ("POST", UPLOAD, {"files": {"datei": ("a.txt", b"a")}}, {"pointer": "#/datei"}),
        ("POST", UPLOAD, {"files": [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]}, {"pointer": "#/file"}),
        ("POST", UPLOAD, {"files": {"metadata": (None, b" " * 70_000)}}, {"pointer": "#/metadata"}),
    ],
)
def test_what_cannot_be_used_is_named(office: Office, method: str, path: str, asked: dict[str, Any], place: Any) -> None:
    answer = problem(office.client.request(method, path, **asked), 422)
    assert answer["errors"] == [{**place, "detail": answer["detail"]}]
