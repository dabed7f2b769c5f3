"""Turns templates into answers: everything is escaped, texts are in the reader's language, parts carry their version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from search_service.language import LANGUAGE, Language, choose_language
from search_service.queries import Mode
from search_service.site.interface_texts import Texts, load_texts
from search_service.site.language_switch import (
    REMEMBERED_SECONDS,
    carry_language,
    choose_other,
    extend_address,
    find_unremembered,
    is_switched,
    write_page_link,
)
from search_service.typesetting import german_date, german_month, german_number, german_time, typeset

STATIC = Path(__file__).parents[1] / "static"
MODE_LABELS = {
    Mode.HYBRID: ("Wörter und Bedeutung", "empfohlen"),
    Mode.LEXICAL: ("Nur Wörter", "für Paragrafen, Namen und feste Begriffe"),
    Mode.SEMANTIC: ("Nur Bedeutung", "wenn Ihnen das Fachwort fehlt"),
}


class Renderer:
    """The templates and texts, loaded once."""

    def __init__(self, *, secure: bool = False, has_desk: bool = False) -> None:
        """`secure`: the pages are reached by https only. `has_desk`: there are pages for editors."""
        self._texts = load_texts()
        self._templates = load_templates()
        self._secure = secure
        self._has_desk = has_desk

    def answer(
        self, request: Request, name: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
    ) -> HTMLResponse:
        """Return the page of the template `name`, in the language that its address asks for or a cookie remembers.

        Every template knows `texts`, `language`, its own `path`, and unless `values` say otherwise an empty question `q` and
        the usual `mode`. A language chosen by the switch is remembered; one asked for goes on in the page's links until it is.
        What is no text, half of a surrogate pair, becomes a question mark.
        """
        language = find_language(request)
        path, asked = request.scope["path"], request.scope.get("query_string", b"")
        known: dict[str, object] = {
            "q": "",
            "mode": Mode.HYBRID,
            "language": language,
            "texts": self._texts[language],
            "path": path,
            "switch_link": write_page_link(path, asked, choose_other(language)),
            "has_desk": self._has_desk,
        }
        page = self._templates.get_template(name).render(known | values)
        unremembered = _find_unremembered(request)
        if unremembered is None:
            return HTMLResponse(_encode(page), status, headers)
        answer = HTMLResponse(_encode(carry_language(page, unremembered)), status, headers)
        # Whether it is remembered follows from where the reader comes from: the answer is for this once.
        answer.headers["cache-control"] = "no-store"
        if _is_switched(request, unremembered):
            self._remember(answer, unremembered)
        return answer

    def read_texts(self, request: Request) -> Texts:
        """Return what the page of a request says."""
        return self._texts[find_language(request)]

    def _remember(self, answer: HTMLResponse, language: Language) -> None:
        """Let the browser remember the language; the usual one by forgetting the other."""
        age = 0 if language is Language.STANDARD else REMEMBERED_SECONDS
        answer.set_cookie(LANGUAGE, language, max_age=age, secure=self._secure, httponly=True, samesite="lax")


def find_language(request: Request) -> Language:
    """Return the language in which the page of a request is wanted."""
    return choose_language(request.query_params.get(LANGUAGE), request.cookies.get(LANGUAGE))


def keep_language(request: Request, address: str) -> str:
    """Return the address of a page of ours that a request is sent on to, in the language it asks for."""
    unremembered = _find_unremembered(request)
    return extend_address(address, unremembered) if unremembered else address


def _find_unremembered(request: Request) -> Language | None:
    return find_unremembered(request.query_params.get(LANGUAGE), request.cookies.get(LANGUAGE))


def _is_switched(request: Request, language: Language) -> bool:
    told = request.headers
    return is_switched(request.method, told.get("sec-fetch-site"), told.get("host", ""), told.get("referer"), language)


def _encode(page: str) -> bytes:
    return page.encode("utf-8", "replace")


def load_templates() -> Environment:
    """Return the templates: everything is escaped, and a misspelt name is an error instead of an empty place."""
    environment = Environment(
        loader=PackageLoader("search_service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"mode_labels": MODE_LABELS, "static": make_static_address(STATIC)}
    environment.filters |= {
        "german_date": german_date,
        "german_month": german_month,
        "german_number": german_number,
        "german_time": german_time,
        "typeset": typeset,
    }
    return environment


def make_static_address(folder: Path) -> Callable[[str], str]:
    """Return what turns the name of a file in `folder` into its address, which is new with every change of the file."""

    @cache
    def find_address(name: str) -> str:
        return f"/static/{name}?v={sha256((folder / name).read_bytes()).hexdigest()[:8]}"

    return find_address
