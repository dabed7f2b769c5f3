"""The body of an answer: counted while it arrives, unpacked within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from search_service.errors import SourceUnavailable

MEGABYTE = 1024 * 1024
GZIP_WINDOW = 16 + zlib.MAX_WBITS  # tells zlib to expect gzip's head and checksum


class FetchFailed(SourceUnavailable):
    """A server could not be reached, or did not give what was asked for."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status  # of the answer; None if there was none


def read_body(parts: Iterable[bytes], headers: Mapping[str, str], limit: int) -> bytes:
    """Return a body unpacked. Raises FetchFailed if it is more than `limit` bytes, packed or unpacked, or damaged."""
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:18]) > limit:
        raise FetchFailed(_explain_size(limit))
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding in ("gzip", "x-gzip"):
        return unpack_gzip(_count(parts, limit), limit)
    if encoding not in ("identity", ""):
        raise FetchFailed("Der Server packt seine Antwort auf eine Art, um die nicht gebeten wurde. Bitte von Hand laden.")
    return b"".join(_count(parts, limit))


def unpack_gzip(parts: Iterable[bytes], limit: int) -> bytes:
    """Return what gzip packed, of one or more members. Raises FetchFailed if it is damaged or more than `limit` bytes."""
    unpacked: list[bytes] = []
    size = 0
    inflater = zlib.decompressobj(GZIP_WINDOW)
    try:
        for part in parts:
            rest = part
            while rest:
                if inflater.eof:
                    inflater = zlib.decompressobj(GZIP_WINDOW)
                piece = inflater.decompress(rest, limit + 1 - size)
                unpacked.append(piece)
                size += len(piece)
                if size > limit:
                    raise FetchFailed(_explain_size(limit))
                rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    except zlib.error as error:
        raise FetchFailed("Die Antwort ist beschädigt gepackt (gzip). Bitte später noch einmal versuchen.") from error
    if unpacked and not inflater.eof:
        raise FetchFailed("Die Antwort ist unvollständig (gzip). Bitte später noch einmal versuchen.")
    return b"".join(unpacked)


def _count(parts: Iterable[bytes], limit: int) -> Iterable[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > limit:
            raise FetchFailed(_explain_size(limit))
        yield part


def _explain_size(limit: int) -> str:
    return f"Die Antwort ist größer als {max(limit // MEGABYTE, 1)} MB. Bitte die Datei von Hand laden und ablegen."
