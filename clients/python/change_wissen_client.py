"""A client for the Ch@nge Wissen API: one file, Python 3.11 or newer, needs only httpx. Copy it into your project.

    with WissenClient("http://127.0.0.1:8000") as wissen:
        for hit in wissen.search("Muss der Betriebsrat zustimmen?", collection=["wissen"])["hits"]:
            print(hit["citation"]["text"], hit["url"])

Answers are the service's JSON as it came. The types below name the fields most programs need; the schema at
`/api/v1/openapi.json` names all. Within v1 fields are added, never renamed or removed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypedDict, Unpack, cast
from urllib.parse import quote

import httpx

REACH = 1_000  # a page may begin at most so many hits behind the first; the service refuses more
MAX_WAIT = 30.0  # seconds; a service that asks for more patience is an error for who asked to handle


class SearchOptions(TypedDict, total=False):
    """What may stand beside the question; a list means "any of these", different filters must all hold."""

    mode: Literal["hybrid", "lexical", "semantic"]
    page: int  # from 1
    page_size: int  # 1 to 100
    group_by: Literal["spread", "document", "none"]
    verbatim: bool
    editions: Literal["newest", "all"]
    collection: Sequence[str]
    type: Sequence[str]
    sector: Sequence[str]
    topic: Sequence[str]
    audience: Sequence[str]
    publisher: Sequence[str]
    language: Sequence[str]
    document: Sequence[str]
    year: str  # "2024", "2020..2024", "2020.." or "..2024"


class Document(TypedDict):
    """A document as every hit carries it."""

    id: str
    title: str
    authors: list[str]
    year: int | None
    type: str | None
    collection: str | None
    publisher: str | None
    url: str


class DocumentDetail(Document):
    """A document with its file and the outline of its passages."""

    file_url: str
    media_type: str
    citation: str
    passages: list[dict[str, Any]]


class Passage(TypedDict):
    """A citable stretch; `snippet_html` is safe HTML, in which everything is escaped but `<mark>` and `<em>`."""

    text: str
    snippet_html: str
    heading_path: list[str]
    pages: list[dict[str, Any]]  # `physical`: place in the file, from 1; `label`: what is printed


class Hit(TypedDict):
    """A passage in answer to a question; `relevance` is the chance that it answers, from 0 to 1."""

    id: str
    rank: int
    relevance: float
    document: Document
    passage: Passage
    url: str
    source_url: str
    citation: dict[str, str | None]


class SearchAnswer(TypedDict):
    """One page of hits. Where `fitting` is False they are only what comes nearest; `notices` are to be shown."""

    total: dict[str, Any]
    fitting: bool
    hits: list[Hit]
    suggestions: dict[str, Any]
    facets: dict[str, list[dict[str, Any]]]
    notices: list[str]


class WissenError(Exception):
    """What went wrong, in German; `problem` is the RFC 9457 document, `status` the HTTP status or 0 where no answer came."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem["detail"]))
        self.status, self.problem = int(problem["status"]), problem


class WissenClient(AbstractContextManager["WissenClient"]):
    """A connection to one service, to be closed or used in `with`. Every method raises WissenError.

    `timeout` are the seconds to wait for the service. Where it is busy (429, 503) the client asks once more when told to.
    """

    def __init__(
        self, address: str, api_key: str | None = None, timeout: float = 10.0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._http = httpx.Client(base_url=address, headers={"X-API-Key": api_key} if api_key else {}, timeout=timeout)
        self._sleep = sleep
        self.close = self._http.close

    def __exit__(self, *_: object) -> None:
        self.close()

    def search(self, q: str, **options: Unpack[SearchOptions]) -> SearchAnswer:
        """Return one page of hits."""
        return cast(SearchAnswer, self._get_json("search", {"q": q, **options}))

    def iterate_hits(self, q: str, limit: int = 100, **options: Unpack[SearchOptions]) -> Iterator[Hit]:
        """Yield up to `limit` hits, page after page; each passage once, even if the knowledge base is renewed meanwhile."""
        asked: SearchOptions = {"page": 1, "page_size": 50, **options}
        seen: set[str] = set()
        while len(seen) < limit and (asked["page"] - 1) * asked["page_size"] <= REACH:
            hits = self.search(q, **asked)["hits"]
            fresh = [hit for hit in hits if hit["id"] not in seen][: limit - len(seen)]
            seen.update(hit["id"] for hit in fresh)
            yield from fresh
            if len(hits) < asked["page_size"]:
                return
            asked["page"] += 1

    def suggest(self, typed: str, limit: int = 5) -> list[dict[str, str | None]]:
        """Return what begins like `typed`: `text`, its `kind` (title, heading, term) and the `url` of a document called so."""
        return cast(list[dict[str, str | None]], self._get_json("suggest", {"q": typed, "limit": limit})["suggestions"])

    def document(self, document_id: str) -> DocumentDetail:
        """Return what is known of a document, and the outline of its passages."""
        return cast(DocumentDetail, self._get_json(f"documents/{quote(document_id, '')}"))

    def passage(self, passage_id: str) -> dict[str, Any]:
        """Return one passage with its document."""
        return self._get_json(f"passages/{quote(passage_id, '')}")

    def citation(self, passage_id: str, style: str) -> str:
        """Return the citation of a passage in a `style` of the schema, such as "footnote", "bibtex" or "ris"."""
        return self._get(f"passages/{quote(passage_id, '')}/citation", {"format": style}).text

    def download(self, document_id: str, target: Path) -> Path:
        """Write the original file of a document to `target`, whole or not at all, and return `target`."""
        part = target.with_name(f"{target.name}.part")
        try:
            with part.open("wb") as file:
                self._get(f"documents/{quote(document_id, '')}/file", into=file)
            return part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _get_json(self, path: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        response = self._get(path, parameters)
        try:
            return cast(dict[str, Any], response.json())
        except ValueError as error:
            raise _miss_answer(response.status_code, "kein JSON") from error

    def _get(
        self, path: str, parameters: Mapping[str, Any] | None = None, into: BinaryIO | None = None, tries: int = 2
    ) -> httpx.Response:
        try:
            with self._http.stream("GET", f"api/v1/{path}", params=parameters) as response:
                if into and response.is_success:
                    into.writelines(response.iter_bytes())
                else:
                    response.read()
        except httpx.HTTPError as error:
            raise _miss_answer(0, type(error).__name__) from error
        if response.is_success:
            return response
        told = response.headers.get("retry-after", "")
        wait = float(told) if told.isdecimal() else 1.0
        if response.status_code in (429, 503) and wait <= MAX_WAIT and tries > 1:
            self._sleep(wait)
            return self._get(path, parameters, into, tries - 1)
        if response.headers.get("content-type", "").startswith("application/problem+json"):
            raise WissenError(response.json())
        raise _miss_answer(response.status_code, response.reason_phrase)


def _miss_answer(status: int, what: str) -> WissenError:
    detail = f"Unter dieser Adresse antwortet der Dienst nicht ({what}). Bitte Adresse und Verbindung prüfen."
    return WissenError({"title": "Keine Antwort", "status": status, "detail": detail})
