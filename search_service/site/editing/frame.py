"""What all pages of editors have in common: their places, who is signed in, and how a page and an order are answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from search_service.desk.jobs import Job
from search_service.edge.places import EDITING
from search_service.site.editing.gate import TOKEN, EditorRoute, find_editor, make_token, redirect
from search_service.site.renderer import Renderer
from search_service.site.sent_form import Form


@dataclass(frozen=True, slots=True)
class Section:
    """One of the places that the navigation leads to."""

    path: str
    label: str


OVERVIEW = Section(EDITING, "Übersicht")
UPLOAD = Section(f"{EDITING}/hochladen", "Hochladen")
JOBS = Section(f"{EDITING}/auftraege", "Aufträge")
DOCUMENTS = Section(f"{EDITING}/dokumente", "Dokumente")
WITHDRAWN = Section(f"{EDITING}/zurueckgezogen", "Zurückgezogen")
GAPS = Section(f"{EDITING}/luecken", "Lücken")
INDEX = Section(f"{EDITING}/staende", "Stände")
HEALTH = Section(f"{EDITING}/gesundheit", "Gesundheit")
SECTIONS = (OVERVIEW, UPLOAD, JOBS, DOCUMENTS, WITHDRAWN, GAPS, INDEX, HEALTH)


class Frame:
    """Answers with pages in the editors' layout."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def answer(self, request: Request, name: str, section: Section, status: int = 200, **values: object) -> HTMLResponse:
        """Return the page of the template `editing/name`, for who is signed in; `token` is new for its forms."""
        known = {"sections": SECTIONS, "section": section, "editor": find_editor(request).key, "token": make_token()}
        return self._renderer.answer(request, f"editing/{name}", status, None, **(known | values))

    def answer_stranger(self, request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Return the page of the template `editing/name` for who is not signed in."""
        return self._renderer.answer(request, f"editing/{name}", status, None, **values)


def order(request: Request, form: Form, add: Callable[[], Job]) -> Response:
    """Let `add` queue the job that a form asks for, once however often it is sent, and lead to the job's page."""
    return lead_to_job(*find_editor(request).order_once(request.url.path, form.text(TOKEN), add))


def lead_to_job(job_id: str, is_new: bool) -> Response:
    """Return the way to a job's page, which says if the form had been sent before."""
    return redirect(f"{job_path(job_id)}{'' if is_new else '?schon=1'}")


def job_path(job_id: str) -> str:
    """Return where editors see a job."""
    return f"{JOBS.path}/{job_id}"


def edit_path(document_id: str) -> str:
    """Return where editors change a document."""
    return f"{DOCUMENTS.path}/{document_id}"


def make_router(*pages: tuple[str, str, Callable[..., object]]) -> APIRouter:
    """Return the routes of pages, each of method, path and what answers it; what is read can be asked for by HEAD, too."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=EditorRoute)
    for method, path, endpoint in pages:
        methods = ["GET", "HEAD"] if method == "GET" else [method]
        router.add_api_route(path, endpoint, methods=methods, response_model=None)
    return router
