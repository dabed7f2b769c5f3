"""The page `/docs`: the interface to read and to try out, with Swagger UI from an installed package, from nowhere else."""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from search_service.edge.places import MANUAL
from search_service.errors import ChangeWissenError, NotFound
from search_service.links import API

# Only its files are read; its code is never loaded. They are Swagger UI's own, the same as in drf-spectacular-sidecar.
PACKAGE = "fastapi_standalone_docs"
SCRIPT, STYLE, START = "swagger-ui-bundle.js", "swagger-ui.css", "schnittstelle.js"
# Swagger UI draws its arrows from data addresses; scripts and styles come from files only.
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create_manual_routes(templates: Environment, static: Path) -> APIRouter:
    """Return the page and its files; raise ChangeWissenError if Swagger UI is not installed."""
    swagger = find_swagger_files()
    files = {SCRIPT: swagger / SCRIPT, STYLE: swagger / STYLE, START: static / START}
    versions = {name: sha256(path.read_bytes()).hexdigest()[:8] for name, path in files.items()}
    addresses = {name: f"{MANUAL}/{name}?v={version}" for name, version in versions.items()}
    router = APIRouter(include_in_schema=False)

    def show_manual(request: Request) -> Response:
        page = templates.get_template("manual.html").render(
            script=addresses[SCRIPT], style=addresses[STYLE], start=addresses[START], schema=f"{API}/openapi.json"
        )
        return HTMLResponse(page, headers={"content-security-policy": SECURITY_POLICY})

    def send_file(name: str) -> Response:
        if name not in files:
            raise NotFound("Diese Datei gehört nicht zur Beschreibung der Schnittstelle.")
        return FileResponse(files[name])

    router.add_api_route(MANUAL, show_manual, methods=["GET", "HEAD"], response_model=None)
    router.add_api_route(f"{MANUAL}/{{name}}", send_file, methods=["GET", "HEAD"], response_model=None)
    return router


def find_swagger_files() -> Path:
    """Return the folder of Swagger UI's files; raise ChangeWissenError if its package is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ChangeWissenError(
            "Das Paket „fastapi-standalone-docs“ mit der Beschreibung der Schnittstelle fehlt. "
            "Bitte neu einrichten: „make demo“."
        )
    return Path(spec.submodule_search_locations[0]) / "static" / "swagger"
