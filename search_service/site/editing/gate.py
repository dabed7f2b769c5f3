"""What every request to the editors' pages goes through: from our own pages only, with a session, never kept by a browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Annotated
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from search_service.edge.places import EDITING
from search_service.errors import ChangeWissenError, KeyRefused
from search_service.routes.receiving import read_away
from search_service.site.editing.sessions import Session, Sessions

COOKIE = "pflege"
SIGN_IN = f"{EDITING}/anmelden"
TOKEN = "vorgang"  # noqa: S105  # the name of the form field that tells one form from another
LIVE = "/stand"  # ends the addresses that a script asks on and on, which is no activity of a person
FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
_SCOPE = "change_wissen.editor"  # where a request carries its session
_MAX_FIELDS = 500


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
            session = self._sessions.find(session_id, active=not request.url.path.endswith(LIVE)) if session_id else None
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
    query = f"?{request.url.query}" if request.url.query else ""
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


class Form:
    """What a form without a file has sent."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Return the first value of a field without blanks around it, "" if there is none."""
        return next(iter(self._fields.get(name, ())), "").strip()

    def values(self, names: Collection[str]) -> list[tuple[str, str]]:
        """Return the values of the fields `names`, in the order of the form."""
        return [(name, value) for name, values in self._fields.items() for value in values if name in names]


async def _read_form(request: Request) -> Form:
    """Return the fields of a form; none of a body that is no form, or has too many. What is not UTF-8 is replaced."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_MEDIA_TYPE:
        return Form({})
    body = (await request.body()).decode("ascii", "replace")  # short: the edge has seen to it
    try:
        return Form(parse_qs(body, keep_blank_values=True, errors="replace", max_num_fields=_MAX_FIELDS))
    except ValueError:
        return Form({})


SentForm = Annotated[Form, Depends(_read_form)]
