"""The German pages: start, results, document and help. Rendered here, complete without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from search_service.addresses import read_page_address, read_question
from search_service.errors import KnowledgeBaseMissing
from search_service.queries import MAX_QUERY_CHARACTERS
from search_service.searcher import Searcher
from search_service.site.document_view import view_document
from search_service.site.renderer import STATIC, Renderer
from search_service.site.results_view import view_results
from search_service.site.start_view import NEWEST, view_start
from search_service.unanswered import Listener

# The best hit of each is of the document it should be, with a relevance of 0.4 to 0.98 (our corpus, both ways of searching).
EXAMPLES = (
    "Was darf eine Datenbrille über mich aufzeichnen?",
    "Muss der Betriebsrat zustimmen, wenn wir KI einführen?",
    "Wer bezahlt die Weiterbildung meiner Leute?",
    "Wie sichern wir das Wissen, wenn die alten Hasen in Rente gehen?",
    "Cobot Gefährdungsbeurteilung",
)
SIMILAR = 4  # other documents offered under one: two rows of two on a desk


class Pages:
    """The pages over one searcher."""

    def __init__(
        self, searcher: Searcher, renderer: Renderer, problem_titles: Mapping[str, str], root: str, listener: Listener
    ) -> None:
        """Take the kinds of problem documents, anchor to title, which the help page explains.

        `root` is the address that links for machines start with; "" keeps them relative. `listener` hears of every search.
        """
        self._searcher = searcher
        self._problem_titles = problem_titles
        self._root = root
        self._listener = listener
        self._renderer = renderer

    def create_routes(self) -> APIRouter:
        """Return the routes to what shows contents."""
        return _route(("/", self.show_start), ("/suche", self.show_results), ("/dokument/{document_id}", self.show_document))

    def create_open_routes(self) -> APIRouter:
        """Return the routes to what shows no contents, which no key is asked for: problems point to the help."""
        return _route(("/hilfe", self.show_help), ("/favicon.ico", self.send_icon))

    def show_start(self, request: Request) -> Response:
        """Show the field, example questions, the collections and what is new."""
        return self._show_start(request)

    def show_results(self, request: Request) -> Response:
        """Show the hits for the question in the address; without a question ask for one."""
        parameters = request.query_params.multi_items()
        if not read_question(parameters).strip():
            return self._show_start(request, request.query_params.getlist("collection"), prompted=True)
        query = read_page_address(parameters)
        result = self._searcher.search(query)
        self._listener(request, query, result)
        view = view_results(result, query)
        return self._renderer.answer(request, "results.html", view=view, q=query.text, mode=query.mode, examples=EXAMPLES)

    def show_document(self, request: Request, document_id: str) -> Response:
        """Show one document with its passages."""
        similar = self._searcher.similar_documents(document_id, SIMILAR)
        view = view_document(*self._searcher.library.document_with_passages(document_id), similar, self._root)
        return self._renderer.answer(request, "document.html", view=view)

    def show_help(self, request: Request) -> Response:
        """Show the help."""
        return self._renderer.answer(request, "help.html", longest=MAX_QUERY_CHARACTERS, problem_titles=self._problem_titles)

    def send_icon(self) -> Response:
        """Send the icon to viewers that ask for it by its traditional name."""
        return FileResponse(STATIC / "zeichen.svg", media_type="image/svg+xml")

    def _show_start(self, request: Request, chosen: Collection[str] = (), *, prompted: bool = False) -> Response:
        """Show the start page; without a knowledge base say so and stay usable."""
        try:
            state, library = self._searcher.status(), self._searcher.library
            counts, newest = library.collections(), library.list_documents(NEWEST).documents
        except KnowledgeBaseMissing:
            state, counts, newest = None, {}, ()
        view = view_start(state, counts, newest, chosen=chosen, prompted=prompted)
        return self._renderer.answer(request, "start.html", view=view, examples=EXAMPLES)


def _route(*pages: tuple[str, Callable[..., Response]]) -> APIRouter:
    """Return the routes of pages. All are plain functions, so that searching runs in threads."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    for path, endpoint in pages:
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], response_model=None)
    return router
