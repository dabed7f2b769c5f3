"""The pages of the index as a whole: its published states, publishing, rolling back, reading everything again; the gaps."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from search_service.desk.gaps import HIDDEN_DAYS, SHOWN_DAYS, K
from search_service.desk.opening import Desk
from search_service.edge.places import EDITING
from search_service.errors import NotFound
from search_service.knowledge_base.manifests import PublishedGeneration, list_published
from search_service.orders import Orders
from search_service.site.editing.frame import GAPS, INDEX, Frame, make_router, order
from search_service.site.sent_form import SentForm

MAX_GAPS = 200  # words on the page; the interface gives more
REINDEX = f"{EDITING}/neu-lesen"


class IndexPages:
    """The pages of states and gaps."""

    def __init__(self, frame: Frame, desk: Desk, orders: Orders) -> None:
        self._frame = frame
        self._desk = desk
        self._orders = orders

    def create_routes(self) -> APIRouter:
        """Return the routes."""
        return make_router(
            ("GET", INDEX.path, self.show_states),
            ("POST", f"{INDEX.path}/veroeffentlichen", self.publish),
            ("GET", f"{INDEX.path}/{{number}}", self.show_roll_back),
            ("POST", f"{INDEX.path}/{{number}}", self.roll_back),
            ("GET", REINDEX, self.show_reindex),
            ("POST", REINDEX, self.reindex),
            ("GET", GAPS.path, self.show_gaps),
        )

    def show_states(self, request: Request) -> Response:
        """Show the published states, the newest first."""
        states = list_published(self._desk.root)
        is_rolled_back = bool(states) and not states[0].is_current
        return self._frame.answer(request, "states.html", INDEX, states=states, is_rolled_back=is_rolled_back, reindex=REINDEX)

    def publish(self, request: Request, form: SentForm) -> Response:
        """Order the newest state to answer."""
        return order(request, form, self._orders.publish)

    def show_roll_back(self, request: Request, number: str) -> Response:
        """Ask whether an earlier state shall answer."""
        state, current = self._find(number), next((each for each in list_published(self._desk.root) if each.is_current), None)
        return self._frame.answer(request, "roll_back.html", INDEX, state=state, answering=current)

    def roll_back(self, request: Request, number: str, form: SentForm) -> Response:
        """Order an earlier state to answer."""
        return order(request, form, lambda: self._orders.roll_back(self._find(number).number))

    def show_reindex(self, request: Request) -> Response:
        """Ask whether everything shall be read again, which may take hours."""
        return self._frame.answer(request, "reindex.html", INDEX, path=REINDEX)

    def reindex(self, request: Request, form: SentForm) -> Response:
        """Order everything to be read again."""
        return order(request, form, self._orders.reindex)

    def show_gaps(self, request: Request) -> Response:
        """Show the words that were asked for and not answered."""
        gaps = self._desk.gaps.list(MAX_GAPS)
        return self._frame.answer(
            request, "gaps.html", GAPS, gaps=gaps, threshold=K, hidden_days=HIDDEN_DAYS, shown_days=SHOWN_DAYS
        )

    def _find(self, number: str) -> PublishedGeneration:
        """Return the state of this number as an address has it; raise NotFound."""
        found = next((each for each in list_published(self._desk.root) if str(each.number) == number), None)
        if found is None:
            raise NotFound("Einen Stand mit dieser Nummer gibt es nicht (mehr). Bitte in der Liste der Stände nachsehen.")
        return found
