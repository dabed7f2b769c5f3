"""Where uploaded files live: placed under `uploads` in the knowledge base, and put back as it was if they cannot be read.

Whatever a step does, it does again in the same way: a worker that is killed leaves its job to the next one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.describe import read_metadata
from ingest.sources import SIDECAR_ENDING, locate
from ingest.web.shelf import UNPRINTABLE
from search_service.desk.jobs import Json
from search_service.knowledge_base.manifests import sync_path, write_synced

UPLOADS = "uploads"
# In the job's folder in the inbox. Both start with a dot: no uploaded file does.
_PLAN = ".plan.json"
_BEFORE = ".before"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file, and where it goes."""

    source: Path  # in its job's folder in the inbox; stays there until the job is finished
    target: Path
    before: Path | None  # file of the document it replaces: the target itself, or one with another ending; None for a new one

    @property
    def kept(self) -> Path:
        """The folder beside the source where what stood at the target is kept."""
        return self.source.parent / _BEFORE


def plan_upload(root: Path, source: Path, before: Path | None) -> Upload:
    """Return where `source` goes, the same again for the same job.

    A new file gets a name that is free; one that replaces another takes its name, with its own ending.
    """
    planned = read_plan(source.parent)
    if planned is not None:
        return planned
    folder = before.parent if before is not None else locate(root / UPLOADS)
    folder.mkdir(exist_ok=True)
    upload = Upload(source, _choose_name(folder, source, before), before)
    paths = {"source": str(source), "target": str(upload.target), "before": str(before) if before else None}
    _write_whole(source.parent / _PLAN, json.dumps(paths).encode())
    return upload


def read_plan(folder: Path) -> Upload | None:
    """Return the upload that was planned in a job's folder, None if there is none."""
    try:
        paths = json.loads((folder / _PLAN).read_bytes())
    except FileNotFoundError:
        return None
    return Upload(Path(paths["source"]), Path(paths["target"]), Path(paths["before"]) if paths["before"] else None)


def stage_sidecar(upload: Upload, metadata: Mapping[str, Json]) -> None:
    """Write what is known about an upload beside it: `metadata`, and what it leaves unsaid of the file that is replaced.

    A field without a value is taken back. Raises InvalidMetadata if the sidecar of that file cannot be read.
    """
    sidecar = find_sidecar_place(upload.source)
    before = find_sidecar_place(upload.before) if upload.before is not None else None
    if sidecar.exists():  # of a worker that was killed later on, when the file replaced may be gone
        return
    if not metadata:
        if before is not None and before.is_file():
            _copy_whole(before, sidecar)
        return
    known, _ = read_metadata(before.read_bytes(), "der Begleitdatei") if before is not None and before.is_file() else ({}, [])
    merged = {name: value for name, value in {**known, **metadata}.items() if value not in (None, "", [])}
    if merged:
        # JSON is YAML too, but for a few characters that YAML does not take as they stand. Only a date is not of JSON.
        text = UNPRINTABLE.sub(" ", json.dumps(merged, ensure_ascii=False, default=str))
        _write_whole(sidecar, text.encode())


def place_upload(upload: Upload) -> None:
    """Copy an upload and its sidecar to their place, what stands there kept aside."""
    kept = upload.kept
    if upload.before == upload.target and not kept.is_dir():
        aside = kept.with_suffix(".new")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        for path in (upload.target, find_sidecar_place(upload.target)):
            if path.is_file():
                _copy_whole(path, aside / path.name)
        aside.rename(kept)
        sync_path(kept.parent)
    _replace_with(find_sidecar_place(upload.source), find_sidecar_place(upload.target))
    _copy_whole(upload.source, upload.target)


def put_back(upload: Upload) -> None:
    """Leave `uploads` as it was before `place_upload`."""
    if upload.before != upload.target:
        for path in (upload.target, find_sidecar_place(upload.target)):
            path.unlink(missing_ok=True)
    elif upload.kept.is_dir():
        kept = upload.kept
        _replace_with(find_sidecar_place(kept / upload.target.name), find_sidecar_place(upload.target))
        _copy_whole(kept / upload.target.name, upload.target)


def drop_replaced(upload: Upload) -> None:
    """Delete the file that an upload with another ending has replaced."""
    if upload.before is not None and upload.before != upload.target:
        for path in (upload.before, find_sidecar_place(upload.before)):
            path.unlink(missing_ok=True)


def find_sidecar_place(path: Path) -> Path:
    """Return where the sidecar of an uploaded file stands, or would stand."""
    return path.with_name(path.name + SIDECAR_ENDING)


def is_upload(root: Path, location: str) -> bool:
    """Tell whether a document was uploaded: its file lies in the knowledge base's folder for uploads."""
    return Path(location).parent.resolve() == (root / UPLOADS).resolve()


def find_moved(root: Path, location: str) -> Path | None:
    """Return where an uploaded file lies after the whole knowledge base was moved; None if it was not."""
    path = Path(location)
    moved = locate(root / UPLOADS) / path.name
    return moved if path.parent.name == UPLOADS and not path.exists() and moved.is_file() else None


def _choose_name(folder: Path, source: Path, before: Path | None) -> Path:
    if before is not None and before.suffix.lower() == source.suffix.lower():
        return before
    stem = before.stem if before is not None else source.stem
    name, number = f"{stem}{source.suffix}", 1
    while (folder / name).exists():
        number += 1
        name = f"{stem}-{number}{source.suffix}"
    return folder / name


def _replace_with(source: Path, target: Path) -> None:
    """Make `target` what `source` is: a copy of it, or not there."""
    if source.is_file():
        _copy_whole(source, target)
    else:
        target.unlink(missing_ok=True)


def _copy_whole(source: Path, target: Path) -> None:
    aside = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, aside)
    sync_path(aside)
    aside.replace(target)
    sync_path(target.parent)


def _write_whole(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.new")
    write_synced(aside, content)
    aside.replace(path)
    sync_path(path.parent)
