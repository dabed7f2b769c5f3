"""What the tests of the web service share: odd questions, checked problem documents, and a searcher that fails."""

from __future__ import annotations

from search_service.knowledge_base.store import Reader
from search_service.library import Library
from search_service.searcher import Searcher

SEARCH = "/api/v1/search"
ODD_QUESTIONS = {
    "English": "What does the works council decide about artificial intelligence?",
    "mixed": "Remote work im Homeoffice, what about Betriebsrat?",
    "stop words": "und der die das mit",
    "signs": "!!! ??? §§ -- „“ ()",
    "many words": "Schichtplanung " * 133,
    "unbalanced quotes": '"Schichtplanung braucht „Vorlauf',
    "contradiction": "Schichtplanung -Schichtplanung",
    "only an exclusion": "-Schichtplanung",
    "phrase nowhere": '"Vorlauf braucht Schichtplanung"',
    "null byte": "Schicht\x00planung",
    "right to left": "\u202eSchichtplanung\u202c",
}


def problem(response, status: int) -> dict:
    """Check that `response` is a whole problem document of this status, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["type"].startswith("/hilfe#")
    assert body["title"]
    assert body["detail"].endswith((".", "?", "]"))
    assert body["instance"] == response.request.url.path
    assert "Traceback" not in response.text
    return body


class CrashingReader(Reader):
    """A reader with a fault of its own."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def current(self):
        raise self.error


class CrashingSearcher(Searcher):
    """A searcher with a fault of its own."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.library = Library(CrashingReader(error))

    def search(self, query):
        raise self.error

    def status(self):
        raise self.error

    def peek(self):
        raise self.error
