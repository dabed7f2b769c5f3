"""What an address is for, which decides how it is treated on the way in and out. Pure."""

from __future__ import annotations

from enum import StrEnum

from search_service.links import API

ADMIN = f"{API}/admin"
EDITING = "/pflege"
SIGN_IN = f"{EDITING}/anmelden"
MANUAL = "/docs"
WIDGET = "/static/change-wissen-suche.js"  # the one part that pages of any origin load; what it may ask is another matter
_PROBES = ("/health", "/ready", "/metrics")
_STATIC = ("/static/", f"{MANUAL}/", "/favicon.ico")


class Place(StrEnum):
    """The parts of the service that are treated differently."""

    PROBE = "probe"  # asked by supervisors: never limited, never shed
    STATIC = "static"  # the same for everybody until the next release
    FILE = "file"  # sent from the disk, or worked out in another process: long, but no work
    ADMIN = "admin"  # with a key, changes things
    EDITING = "editing"  # the same for people: pages behind a sign-in, no answer of which is ever kept
    ANSWER = "answer"  # everything else: worked out from the knowledge base


def find_place(path: str) -> Place:
    """Return what the address `path` (decoded, without the query) is for."""
    if path.removeprefix(API) in _PROBES:
        return Place.PROBE
    if path.startswith(_STATIC):
        return Place.STATIC
    if path == ADMIN or path.startswith(f"{ADMIN}/"):
        return Place.ADMIN
    if path == EDITING or path.startswith(f"{EDITING}/"):
        return Place.EDITING
    if path.startswith(f"{API}/") and path.endswith(("/file", "/image")):
        return Place.FILE
    return Place.ANSWER


def is_page(path: str) -> bool:
    """Tell whether readers see what `path` answers: in a language that a cookie may remember, unlike the interface."""
    return find_place(path) is Place.ANSWER and not path.startswith(f"{API}/")


def is_upload(path: str) -> bool:
    """Tell whether a document is sent to `path`; every other body is short, those of the administration too."""
    return path in (f"{ADMIN}/documents", f"{EDITING}/hochladen") or any(
        path.startswith(folder) and path.endswith(last)
        for folder, last in ((f"{ADMIN}/documents/", "/file"), (f"{EDITING}/dokumente/", "/datei"))
    )
