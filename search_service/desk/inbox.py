"""The inbox: uploaded files on their way to the worker, each in a folder named by its job."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from search_service.desk.file_names import clean_file_name
from search_service.errors import DeskUnavailable, FileTooLarge, InvalidQuery, NoSpace, name_os_error

INBOX = "inbox"
DEFAULT_MAX_MEGABYTES = 200  # per file; scanned studies of a hundred pages are about 60 MB
# What an upload leaves free: the worker copies the file twice and writes a generation beside the current one.
KEPT_FREE = 500_000_000  # bytes
_CHECK_EVERY = 16_000_000  # bytes written between two looks at the disk
_ORPHAN_SECONDS = 24 * 3600.0  # no upload takes a day: what is left without a job then was broken off by a crash
_JOB_ID = re.compile(r"j[0-9a-f]{16}")


class Inbox:
    """Receives uploads under the knowledge base's folder `inbox`."""

    def __init__(self, root: Path, max_size: int = DEFAULT_MAX_MEGABYTES * 1_000_000, kept_free: int = KEPT_FREE) -> None:
        """Take the folder of the knowledge base, the largest file in bytes and what must stay free on its disk."""
        self._folder = root / INBOX
        self._max_size = max_size
        self._kept_free = kept_free

    @property
    def max_size(self) -> int:
        """The largest file that is taken, in bytes."""
        return self._max_size

    def path(self, job_id: str, file: str) -> Path:
        """Return where the file of a job lies, as `Job.file` names it."""
        return self._folder / job_id / file

    def receive(self, job_id: str, name: str, announced: int | None = None) -> Upload:
        """Begin to receive a file that its sender calls `name`; `announced` is how large the request says it is, in bytes.

        Raises UnsuitableFile, NoSpace, or DeskUnavailable if the folder cannot be written.
        """
        clean = clean_file_name(name)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._check_space(announced or 0)
            return Upload(self.path(job_id, clean), self._max_size, self._check_space)
        except OSError as error:
            raise _explain(error) from error

    def discard(self, job_id: str) -> None:
        """Delete what was received for a job; does nothing if there is nothing."""
        shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def drop_orphans(self, is_known: Callable[[str], bool]) -> None:
        """Delete what lies here for more than a day and belongs to no job that `is_known`."""
        if not self._folder.is_dir():
            return
        for entry in list(self._folder.iterdir()):
            try:
                is_old = time.time() - entry.stat().st_mtime > _ORPHAN_SECONDS
            except OSError:  # another request was quicker
                continue
            if is_old and _JOB_ID.fullmatch(entry.name) and not is_known(entry.name):
                shutil.rmtree(entry, ignore_errors=True)

    def _check_space(self, wanted: int) -> None:
        if shutil.disk_usage(self._folder).free - wanted < self._kept_free:
            raise NoSpace(
                "Auf dem Datenträger der Wissensbasis ist für diese Datei nicht genug Platz. "
                "Bitte den Betreiber verständigen oder später noch einmal versuchen."
            )


class Upload:
    """One file while it arrives, in a folder of its own."""

    def __init__(self, path: Path, max_size: int, check_space: Callable[[int], None]) -> None:
        """Make the folder and the file; raise OSError."""
        self.name = path.name
        self.size = 0  # bytes so far
        self._path = path
        self._max_size = max_size
        self._check_space = check_space
        path.parent.mkdir(mode=0o700)
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except OSError:
            path.parent.rmdir()
            raise

    def close(self) -> None:
        """Stop writing; what is there stays until it is discarded. May be called again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def write(self, content: bytes) -> None:
        """Append `content`; raise FileTooLarge, NoSpace or DeskUnavailable."""
        check_size(self.size + len(content), self._max_size)
        try:
            if self.size // _CHECK_EVERY != (self.size + len(content)) // _CHECK_EVERY:
                self._check_space(0)
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            raise _explain(error) from error
        self.size += len(content)

    def keep(self) -> None:
        """Close the file and bring it to the disk, so that it outlives a power cut; raise InvalidQuery if it is empty."""
        if not self.size:
            raise InvalidQuery("Die hochgeladene Datei ist leer. Bitte die Datei prüfen und noch einmal hochladen.", "file")
        try:
            os.fsync(self._file)
            for folder in (self._path.parent, self._path.parent.parent):
                _sync_folder(folder)
        except OSError as error:
            raise _explain(error) from error
        self.close()


def check_size(size: int, most: int) -> None:
    """Raise FileTooLarge if `size` bytes are more than `most`."""
    if size > most:
        raise FileTooLarge(
            f"Die Datei ist größer als {most // 1_000_000} MB. Bitte sie verkleinern oder teilen, "
            "oder den Betreiber bitten, sie mit „change-wissen ingest“ aufzunehmen."
        )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _explain(error: OSError) -> DeskUnavailable:
    return DeskUnavailable(
        f"Die Datei kann nicht abgelegt werden ({name_os_error(error)}). "
        "Bitte Rechte und freien Speicherplatz im Ordner der Wissensbasis prüfen."
    )
