"""The files of pdf.js, which draws pages in the browser: from the folder that the set-up fills, from nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from search_service.errors import NotFound

PDFJS = Path(__file__).parents[1] / "viewer" / "node_modules" / "pdfjs-dist"
ADDRESS = "/static/pdfjs"
# The build for browsers of the last years; the other one asks for what only those of this year have.
LIBRARY, WORKER = "legacy/build/pdf.min.mjs", "legacy/build/pdf.worker.min.mjs"
# What pdf.js asks for by name: character maps, the fonts that a PDF may leave out, colour profiles, decoders without
# WebAssembly, which the security policy does not allow.
_ASSETS = (("cmaps", "*.bcmap"), ("standard_fonts", "*.pfb"), ("standard_fonts", "*.ttf"), ("iccs", "*.icc"), ("wasm", "*.js"))
# Told by us: what a system knows about endings differs, and a browser runs a module of no other type.
_MEDIA_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".ttf": "font/ttf"}


@dataclass(frozen=True, slots=True)
class PageLibrary:
    """Where the browser finds pdf.js."""

    address: str  # of the library itself
    worker: str
    assets: str  # the address before "cmaps/", "standard_fonts/" …


def find_page_library(folder: Path = PDFJS) -> PageLibrary | None:
    """Return where pdf.js is found, None if it is not installed: then pages are pictures."""
    if not all((folder / name).is_file() for name in (LIBRARY, WORKER)):
        return None
    return PageLibrary(_version(folder, LIBRARY), _version(folder, WORKER), f"{ADDRESS}/")


def create_viewer_file_routes(folder: Path = PDFJS) -> APIRouter:
    """Return the routes to the files of pdf.js; without it each is answered with 404."""
    files = {path.relative_to(folder).as_posix(): path for path in _list_files(folder)}
    router = APIRouter(include_in_schema=False)

    def send_file(name: str) -> Response:
        if name not in files:
            raise NotFound("Diese Datei gehört nicht zum Betrachter.")
        path = files[name]
        return FileResponse(path, media_type=_MEDIA_TYPES.get(path.suffix, "application/octet-stream"))

    router.add_api_route(f"{ADDRESS}/{{name:path}}", send_file, methods=["GET", "HEAD"], response_model=None)
    return router


def _list_files(folder: Path) -> Iterable[Path]:
    yield from (path for path in (folder / LIBRARY, folder / WORKER) if path.is_file())
    for name, pattern in _ASSETS:
        yield from sorted((folder / name).glob(pattern))


def _version(folder: Path, name: str) -> str:
    return f"{ADDRESS}/{name}?v={sha256((folder / name).read_bytes()).hexdigest()[:8]}"
