"""Drawn pages kept on disk: bounded, the longest unused go first, and nothing but speed is lost if it cannot be written."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

LOGGER = logging.getLogger(__name__)

DRAWING_VERSION = 1  # raised when the same page comes out differently: format, quality, way of drawing
# Pages of the corpus take 36, 86 and 150 kB in the three widths: room for some 5,000 pages. Over HTTP on two busy cores the
# first answer comes after 80, 215 and 260 ms, the next from here after 2 to 8 ms.
MOST_BYTES = 500_000_000
SHRINK_TO = 0.9  # of the bound, so that not every new page has to go through all files
BLOCK = 4096  # bytes that even the smallest file takes on the disk
USE_GRAIN = 3600.0  # seconds; a use is noted at most so often, so that reading seldom writes
ABANDONED = 3600.0  # seconds after which a file written aside belongs to a process that died


@dataclass(frozen=True, slots=True)
class PageImage:
    """Names one picture of one page."""

    content_hash: str  # of the document
    page: int  # physical
    width: int  # pixels

    @property
    def etag(self) -> str:
        """The strong ETag of the picture: another content, page, width or way of drawing has another."""
        return f'"{self.content_hash[:32]}-{self.page}-{self.width}-{DRAWING_VERSION}"'


class PageImageCache:
    """Keeps pictures as files `<content hash>/<page>-<width>.v<version>.webp`. Safe to use from several threads."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        """Take the folder, which is made when the first picture comes, and how much disk all of them may take."""
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._bytes: int | None = None  # on the disk; None until somebody counts
        self._is_lame = False  # the log has been told that nothing can be written

    def read(self, image: PageImage) -> bytes | None:
        """Return the picture, or None if it is not kept or not whole."""
        path = self._path(image)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if not _is_whole(data):
            return None
        with suppress(OSError):  # a folder that is read only: then it is not known what was used last
            if time.time() - path.stat().st_mtime > USE_GRAIN:
                os.utime(path)
        return data

    def store(self, image: PageImage, data: bytes) -> None:
        """Keep the picture if the folder can be written; make room where there is none."""
        try:
            self._write(self._path(image), data)
        except OSError as error:
            if not self._is_lame:
                LOGGER.warning("page images cannot be kept: %s", error.strerror)
            self._is_lame = True
            return
        with self._lock:
            self._bytes = self._count() if self._bytes is None else self._bytes + _round_up(len(data))
            if self._bytes > self._most_bytes:
                self._bytes = self._shrink()

    def _path(self, image: PageImage) -> Path:
        return self._folder / image.content_hash / f"{image.page}-{image.width}.v{DRAWING_VERSION}.webp"

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(aside).replace(path)
        except OSError:
            with suppress(OSError):
                Path(aside).unlink()
            raise

    def _count(self) -> int:
        return sum(_round_up(entry.st_size) for _, entry in self._files())

    def _shrink(self) -> int:
        """Delete what was not used for longest; return what is left, in bytes."""
        found = sorted(self._files(), key=lambda file: file[1].st_mtime)
        left = sum(_round_up(entry.st_size) for _, entry in found)
        now = time.time()
        for path, entry in found:
            is_abandoned = path.suffix == ".new" and now - entry.st_mtime > ABANDONED
            if left <= SHRINK_TO * self._most_bytes and not is_abandoned:
                continue
            with suppress(OSError):
                path.unlink()
                left -= _round_up(entry.st_size)
            with suppress(OSError):  # it still holds other pages
                path.parent.rmdir()
        return left

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.glob("*/*"):
            with suppress(OSError):  # another process has just deleted it
                yield path, path.stat()


def _is_whole(data: bytes) -> bool:
    """Tell whether a WebP file is as long as its header says (RFC 9649, 2.4); after a power cut it may not be."""
    return data.startswith(b"RIFF") and len(data) == int.from_bytes(data[4:8], "little") + 8


def _round_up(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
