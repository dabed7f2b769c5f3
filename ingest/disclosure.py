"""What editors may know of where files lie: the place in the knowledge base, elsewhere the name of the file alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

# An absolute path in a sentence: whole between quotation marks, otherwise up to a blank; no address and no single "/part".
_PATH = re.compile(r"(?<=„)/[^“]+(?=“)|(?<![\w:/.…])(?:/[^\s“/]+)+/[^\s“/]+")


def hide_folders(text: str, root: PurePath) -> str:
    """Return a sentence or a path in which no path leads to where the knowledge base in `root` lies, or to other folders."""
    if text.startswith("/"):
        return _name(text, root)
    return _PATH.sub(lambda found: _name(found[0], root), text)


def hide_folders_in(report: Mapping[str, object], root: PurePath) -> dict[str, object]:
    """Return a report, as `ingest.report.Report.to_json` makes it, in which no text names such a path."""
    return {name: _hide(value, root) for name, value in report.items()}


def _hide(value: object, root: PurePath) -> object:
    if isinstance(value, str):
        return hide_folders(value, root)
    if isinstance(value, list):
        return [_hide(each, root) for each in value]
    return hide_folders_in(value, root) if isinstance(value, dict) else value


def _name(text: str, root: PurePath) -> str:
    path = PurePath(text)
    return str(path.relative_to(root)) if path != root and path.is_relative_to(root) else path.name
