"""Signing in with a key and out again, and the word for who looks for an administration where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from search_service.access import ATTEMPTS_SECONDS, Attempts, check_key
from search_service.desk.keys import Keys, Scope
from search_service.edge.places import EDITING, SIGN_IN
from search_service.errors import ChangeWissenError, KeyRefused, KeyTooNarrow, TooManyAttempts
from search_service.site.editing.frame import Frame, make_router
from search_service.site.editing.gate import COOKIE, find_onward, redirect
from search_service.site.editing.sessions import Sessions
from search_service.site.sent_form import SentForm

KEY = "schluessel"
_TESTED = "geprueft"  # in the address after a sign-in: the browser was given its cookie
NOTES = {
    "abgelaufen": "Ihre Anmeldung ist abgelaufen. Bitte melden Sie sich neu an.",
    "gesperrt": "Ihr Schlüssel gilt nicht mehr: Er wurde gesperrt oder ist abgelaufen. Bitte beim Betreiber einen neuen "
    "anfordern.",
    "abgemeldet": "Sie sind abgemeldet.",
}
NO_COOKIE = (
    "Die Anmeldung hat nicht gehalten, weil Ihr Browser das Cookie nicht angenommen hat. Bitte erlauben Sie Cookies für diese "
    "Adresse und melden Sie sich noch einmal an. Es ist ein einziges, gilt nur für die Pflege und endet mit der Sitzung."
)
NO_COOKIE_HTTPS = " Prüfen Sie auch, ob die Adresse mit https:// beginnt: Nur dann wird es mitgeschickt."
NO_KEY = "Bitte geben Sie Ihren Schlüssel ein. Er beginnt mit „cw_“."
_REFUSALS: Mapping[type[ChangeWissenError], tuple[HTTPStatus, Mapping[str, str]]] = {
    KeyRefused: (HTTPStatus.UNAUTHORIZED, {"www-authenticate": 'Bearer realm="Ch@nge Wissen"'}),
    KeyTooNarrow: (HTTPStatus.FORBIDDEN, {}),
    TooManyAttempts: (HTTPStatus.TOO_MANY_REQUESTS, {"retry-after": str(int(ATTEMPTS_SECONDS))}),
}


class EntrancePages:
    """The way in and out."""

    def __init__(self, frame: Frame, keys: Keys, sessions: Sessions, attempts: Attempts, *, secure: bool) -> None:
        """`secure`: the service is reached by https only, and so is the cookie sent."""
        self._frame = frame
        self._keys = keys
        self._sessions = sessions
        self._attempts = attempts
        self._secure = secure

    def create_routes(self) -> APIRouter:
        """Return the routes of the sign-in and of the sign-out."""
        return make_router(
            ("GET", SIGN_IN, self.show_sign_in),
            ("POST", SIGN_IN, self.sign_in),
            ("POST", f"{EDITING}/abmelden", self.sign_out),
        )

    def show_sign_in(self, request: Request) -> Response:
        """Ask for the key; who has come with a session goes on, who should have one learns that it was lost."""
        asked = request.query_params
        onward = find_onward(asked.get("weiter", ""))
        session_id = request.cookies.get(COOKIE, "")
        try:
            is_signed_in = bool(session_id) and self._sessions.find(session_id) is not None
        except KeyRefused:
            is_signed_in = False
        if is_signed_in:
            return redirect(onward)
        if _TESTED in asked:
            return self._ask(
                request, onward, HTTPStatus.BAD_REQUEST, fault=NO_COOKIE + (NO_COOKIE_HTTPS if self._secure else "")
            )
        return self._ask(request, onward, note=NOTES.get(asked.get("hinweis", "")))

    def sign_in(self, request: Request, form: SentForm) -> Response:
        """Begin a session for who shows a key for the administration; a wrong one is counted and never told again."""
        onward = find_onward(form.text("weiter"))
        text = form.text(KEY)
        if not text:
            return self._ask(request, onward, HTTPStatus.UNPROCESSABLE_ENTITY, fault=NO_KEY)
        try:
            key = check_key(text, self._keys, Scope.ADMIN, self._attempts, request)
        except (KeyRefused, KeyTooNarrow, TooManyAttempts) as refusal:
            status, headers = _REFUSALS[type(refusal)]
            answer = self._ask(request, onward, status, fault=str(refusal))
            answer.headers.update(headers)
            return answer
        self._sessions.end(request.cookies.get(COOKIE, ""))
        answer = redirect(f"{SIGN_IN}?{_TESTED}=1&weiter={quote(onward, safe='')}")
        answer.set_cookie(
            COOKIE, self._sessions.begin(key), path=EDITING, secure=self._secure, httponly=True, samesite="strict"
        )
        return answer

    def sign_out(self, request: Request) -> Response:
        """End the session; a second time does no harm."""
        self._sessions.end(request.cookies.get(COOKIE, ""))
        answer = redirect(f"{SIGN_IN}?hinweis=abgemeldet")
        answer.delete_cookie(COOKIE, path=EDITING, secure=self._secure, httponly=True, samesite="strict")
        return answer

    def _ask(
        self, request: Request, onward: str, status: int = 200, *, note: str | None = None, fault: str | None = None
    ) -> Response:
        # A link on another site comes without the cookie, which is for requests from our own pages only.
        is_from_elsewhere = request.headers.get("sec-fetch-site") in ("cross-site", "same-site") and request.method == "GET"
        return self._frame.answer_stranger(
            request, "sign_in.html", status, onward=onward, note=note, fault=fault, may_be_signed_in=is_from_elsewhere
        )


def create_closed_routes(frame: Frame) -> APIRouter:
    """Return the routes of a service without administration: all say so."""

    def tell_closed(request: Request) -> Response:
        return frame.answer_stranger(request, "closed.html", HTTPStatus.NOT_FOUND)

    return make_router(("GET", EDITING, tell_closed), ("GET", f"{EDITING}/{{rest:path}}", tell_closed))
