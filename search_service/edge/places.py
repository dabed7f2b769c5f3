"""What an address is for, which decides how it is treated on the way in and out. Pure."""

from __future__ import annotations

from enum import StrEnum

from search_service.links import API

ADMIN = f"{API}/admin"
MANUAL = "/docs"
_PROBES = ("/health", "/ready", "/metrics")
_STATIC = ("/static/", f"{MANUAL}/", "/favicon.ico")


class Place(StrEnum):
    """The parts of the service that are treated differently."""

    PROBE = "probe"  # asked by supervisors: never limited, never shed
    STATIC = "static"  # the same for everybody until the next release
    FILE = "file"  # sent from the disk, or worked out in another process: long, but no work
    ADMIN = "admin"  # with a key, changes things
    ANSWER = "answer"  # everything else: worked out from the knowledge base


def find_place(path: str) -> Place:
    """Return what the address `path` (decoded, without the query) is for."""
    if path.removeprefix(API) in _PROBES:
        return Place.PROBE
    if path.startswith(_STATIC):
        return Place.STATIC
    if path == ADMIN or path.startswith(f"{ADMIN}/"):
        return Place.ADMIN
    if path.startswith(f"{API}/") and path.endswith(("/file", "/image")):
        return Place.FILE
    return Place.ANSWER


def is_upload(path: str) -> bool:
    """Tell whether a document is sent to `path`; every other body is short, those of the administration too."""
    return path == f"{ADMIN}/documents" or (path.startswith(f"{ADMIN}/documents/") and path.endswith("/file"))
