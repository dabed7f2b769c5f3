"""What every request to the editors' pages goes through: from our own pages only, with a session, never kept by a browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Mapping
from urllib.parse import quote, urlencode, urlsplit

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from search_service.edge.places import EDITING, SIGN_IN
from search_service.errors import ChangeWissenError, KeyRefused
from search_service.receiving import read_away
from search_service.site.editing.sessions import Session, Sessions

COOKIE = "pflege"
TOKEN = "vorgang"  # noqa: S105  # the name of the form field that tells one form from another
# What is asked for on and on while nobody does anything: addresses that a script asks end in the one, and what a page without
# scripts loads anew has the other among its parameters.
LIVE = "/stand"
BY_ITSELF = "selbst"
_SCOPE = "change_wissen.editor"  # where a request carries its session


class Instead(Exception):  # no error: another answer
    """Raised where another answer than the one asked for is given."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class EditorRoute(APIRoute):
    """A route of the editors' pages: nothing of it is kept anywhere, and refusals take the rest of an upload first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_unkept(request: Request) -> Response:
            try:
                response = await answer(request)
            except Instead as instead:
                await read_away(request)
                response = instead.response
            except ChangeWissenError:
                await read_away(request)
                raise
            response.headers["cache-control"] = "no-store"
            return response

        return answer_unkept


class Gate:
    """Lets those in who are signed in."""

    def __init__(self, sessions: Sessions, public_url: str | None, refuse: Callable[[Request], Response]) -> None:
        """Take the address under which editors reach the service, and the answer to forms that other sites sent."""
        self._sessions = sessions
        self._origin = find_origin(public_url or "")
        self._refuse = refuse

    def check_origin(self, request: Request) -> None:
        """Let a form pass that our own pages sent: a dependency for the sign-in, where nobody has a session yet."""
        if request.method == "POST" and not is_from_here(request.headers, self._origin):
            raise Instead(self._refuse(request))

    def enter(self, request: Request) -> None:
        """Let a request pass that has a session, and carry it along; send all others to sign in."""
        self.check_origin(request)
        session_id = request.cookies.get(COOKIE, "")
        reason = "abgelaufen" if session_id else None
        try:
            session = self._sessions.find(session_id, active=is_activity(request)) if session_id else None
        except KeyRefused:
            session, reason = None, "gesperrt"
        if session is None:
            raise Instead(redirect(sign_in_path(request, reason)))
        request.scope[_SCOPE] = session


def find_editor(request: Request) -> Session:
    """Return the session of a request that `Gate.enter` has let pass."""
    session = request.scope[_SCOPE]
    if not isinstance(session, Session):
        raise TypeError("no session in a request that has passed the gate")
    return session


def is_activity(request: Request) -> bool:
    """Tell whether a person asked, and not a page by itself."""
    return not request.url.path.endswith(LIVE) and BY_ITSELF not in request.query_params


def is_from_here(headers: Mapping[str, str], origin: str | None) -> bool:
    """Tell whether our own page sent a form: by what browsers say of every request (Fetch Metadata), older ones by its origin.

    What says neither is no browser, or one of before 2020; programs have the interface.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")  # none: the reader himself, as by loading a page again
    sent, host = headers.get("origin"), headers.get("host", "")
    return sent is not None and sent in (origin, f"http://{host}", f"https://{host}")


def find_origin(address: str) -> str | None:
    """Return scheme, host and port of an address as browsers send them, None of a text that is none."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme and parts.netloc else None


def sign_in_path(request: Request, reason: str | None) -> str:
    """Return where to sign in, and come back to the page that was asked for; a form that was sent is not sent again."""
    query = f"?{request.url.query}" if request.url.query and is_activity(request) else ""
    onward = f"{request.url.path}{query}" if request.method != "POST" and not request.url.path.endswith(LIVE) else ""
    asked = {"hinweis": reason, "weiter": onward if onward != EDITING else ""}
    parameters = urlencode({name: value for name, value in asked.items() if value}, quote_via=quote)
    return f"{SIGN_IN}?{parameters}" if parameters else SIGN_IN


def find_onward(wanted: str) -> str:
    """Return the address to go on to after the sign-in: `wanted` if it is one of our pages, else the overview."""
    path = wanted.partition("?")[0]
    is_ours = path.startswith(f"{EDITING}/") and not path.startswith(SIGN_IN) and "//" not in path and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() and wanted.isascii() else EDITING


def redirect(path: str) -> Response:
    """Return what lets the browser ask for `path` anew: loading it again, or going back, sends no form twice."""
    return RedirectResponse(path, 303)


def make_token() -> str:
    """Return what tells one form from every other."""
    return secrets.token_urlsafe(12)
