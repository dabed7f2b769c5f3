"""The small library with its administration behind a real server, and the portal on another: two origins for a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from search_service.api import create_app
from search_service.desk.keys import Scope
from search_service.desk.opening import open_desk
from search_service.edge.policy import Policy
from tests.portal.widget_host import build_host
from tests.search_service.small_library import build_library
from tests.serving import serve

EXAMPLE = Path(__file__).parents[2] / "clients/javascript"
WRITTEN_ADDRESS = "http://127.0.0.1:8000"  # of the service, in the example


@dataclass(frozen=True, slots=True)
class Managed:
    """The whole interface: the service, and a key that opens all of it."""

    app: FastAPI
    key: str


def build_service(root: Path, *origins: str) -> Managed:
    """Build the small library in `root` and the service over it; pages of `origins` may ask it from a browser."""
    searcher, desk = build_library(root), open_desk(root / "kb")
    app = create_app(searcher, policy=Policy(origins=origins), desk=desk)
    _, key = desk.keys.create("Prüfung", Scope.ADMIN)
    return Managed(app, key)


def build_portal() -> Starlette:
    """Return a portal that serves the example, asked as `/suche.html?dienst=http://…`, with that address written into it."""

    def show(request: Request) -> HTMLResponse:
        markup = (EXAMPLE / "suche.html").read_text("utf-8")
        return HTMLResponse(markup.replace(WRITTEN_ADDRESS, request.query_params["dienst"]))

    return Starlette(routes=[Route("/suche.html", show), Mount("/", StaticFiles(directory=EXAMPLE))])


@pytest.fixture(scope="session")
def portal() -> Iterator[str]:
    """The address of the portal."""
    with serve(build_portal()) as address:
        yield address


@pytest.fixture(scope="session")
def managed(tmp_path_factory: pytest.TempPathFactory, portal: str) -> Managed:
    """The service, which the portal may ask."""
    return build_service(tmp_path_factory.mktemp("portal"), portal)


@pytest.fixture(scope="session")
def service(managed: Managed) -> Iterator[str]:
    """The address of the service."""
    with serve(managed.app) as address:
        yield address


@pytest.fixture(scope="session")
def document(service: str) -> dict[str, Any]:
    """The OpenAPI document as the service gives it out."""
    return httpx.get(f"{service}/api/v1/openapi.json").json()


@pytest.fixture(scope="session")
def host() -> Iterator[str]:
    """The address of another portal, with the widget in its page."""
    with serve(build_host()) as address:
        yield address


@pytest.fixture(scope="session")
def wissen(tmp_path_factory: pytest.TempPathFactory, host: str) -> Iterator[str]:
    """The address of a service that this portal may ask under both of its names."""
    origins = (host, host.replace("127.0.0.1", "localhost"))
    with serve(build_service(tmp_path_factory.mktemp("widget"), *origins).app) as address:
        yield address
