"""Turns templates into answers: everything is escaped, texts are in the reader's language, parts carry their version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from search_service.queries import Mode
from search_service.site.interface_texts import Language, choose_language, load_texts
from search_service.typesetting import german_date, german_number, typeset

STATIC = Path(__file__).parents[1] / "static"
LANGUAGE = "sprache"  # the parameter of an address, and the cookie that remembers it
MODE_LABELS = {
    Mode.HYBRID: ("Wörter und Bedeutung", "empfohlen"),
    Mode.LEXICAL: ("Nur Wörter", "für Paragrafen, Namen und feste Begriffe"),
    Mode.SEMANTIC: ("Nur Bedeutung", "wenn Ihnen das Fachwort fehlt"),
}


class Renderer:
    """The templates and texts, loaded once."""

    def __init__(self) -> None:
        self._texts = load_texts()
        self._templates = load_templates()

    def answer(
        self, request: Request, name: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
    ) -> HTMLResponse:
        """Return the page of the template `name`.

        Every template knows `texts`, `language`, and unless `values` say otherwise an empty question `q` and the usual `mode`.
        """
        language = find_language(request)
        known: dict[str, object] = {"q": "", "mode": Mode.HYBRID, "language": language, "texts": self._texts[language]}
        return HTMLResponse(self._templates.get_template(name).render(known | values), status, headers)


def find_language(request: Request) -> Language:
    """Return the language in which the page of a request is wanted."""
    return choose_language(request.query_params.get(LANGUAGE), request.cookies.get(LANGUAGE))


def load_templates() -> Environment:
    """Return the templates: everything is escaped, and a misspelt name is an error instead of an empty place."""
    environment = Environment(
        loader=PackageLoader("search_service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"mode_labels": MODE_LABELS, "static": make_static_address(STATIC)}
    environment.filters |= {"german_date": german_date, "german_number": german_number, "typeset": typeset}
    return environment


def make_static_address(folder: Path) -> Callable[[str], str]:
    """Return what turns the name of a file in `folder` into its address, which is new with every change of the file."""

    @cache
    def find_address(name: str) -> str:
        return f"/static/{name}?v={sha256((folder / name).read_bytes()).hexdigest()[:8]}"

    return find_address
