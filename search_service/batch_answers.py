"""The answers to several questions at once: each with its own status, in the order of the questions.

Field names are a promise to the portal: within v1 fields are added, never renamed or removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus

from pydantic import BaseModel, Field, ValidationError

from search_service.answers import SearchAnswer
from search_service.errors import InvalidQuery
from search_service.links import API
from search_service.problems import INVALID_QUERY, FieldProblem, Problem, explain_form, locate_fault
from search_service.queries import Details, Query
from search_service.questions import SearchFilters, SearchRequest, YearRange

BATCH = "/search/batch"


class BatchEntryAnswer(BaseModel):
    """The answer to one query, or why there is none."""

    status: int = Field(description="HTTP-Status, den die Anfrage allein bekommen hätte.")
    answer: SearchAnswer | None = Field(description="Die Antwort wie von `/search`; `null`, wenn `problem` gesetzt ist.")
    problem: Problem | None = Field(description="Warum es keine Antwort gibt; `null`, wenn `answer` gesetzt ist.")


class BatchAnswer(BaseModel):
    """The answers to a batch."""

    answers: list[BatchEntryAnswer] = Field(description="So viele wie Anfragen, in deren Reihenfolge.")


def build_batch_answer(
    queries: Iterable[object], search: Callable[[Query, Details], SearchAnswer], public_url: str | None = None
) -> BatchAnswer:
    """Return the answer of `/search/batch`: what `search` answers to each of the `queries` that can be read."""
    root = (public_url or "").rstrip("/")
    return BatchAnswer(answers=[_answer(number, asked, search, root) for number, asked in enumerate(queries)])


def _answer(number: int, asked: object, search: Callable[[Query, Details], SearchAnswer], root: str) -> BatchEntryAnswer:
    place = f"queries/{number}"
    try:
        if not isinstance(asked, dict):
            raise InvalidQuery(f"Anfrage {number + 1} muss ein JSON-Objekt sein, wie für „/search“.")
        request = SearchRequest.model_validate(asked)
        query = request.to_query()
    except ValidationError as error:
        steps = ("body", *place.split("/"))
        fields = explain_form(({**each, "loc": (*steps, *each["loc"])} for each in error.errors()), _list_names(place))
        return _refuse(place, root, " ".join(each.detail for each in fields), fields)
    except InvalidQuery as error:
        fault = locate_fault(f"{place}/{error.field}" if error.field else place, str(error), in_address=False)
        return _refuse(place, root, str(error), [fault])
    return BatchEntryAnswer(status=HTTPStatus.OK, answer=search(query, request.to_details()), problem=None)


def _refuse(place: str, root: str, detail: str, errors: list[FieldProblem]) -> BatchEntryAnswer:
    kind = INVALID_QUERY
    problem = Problem(
        type=f"{root}/hilfe#{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=f"{API}{BATCH}#/{place}",
        errors=errors,
        request_id=None,  # that of the whole batch stands in the header of its answer
    )
    return BatchEntryAnswer(status=kind.status, answer=None, problem=problem)


def _list_names(place: str) -> dict[str, list[str]]:
    """Return what the query at `place` may hold, for the message about a name that it does not know."""
    models: dict[str, type[BaseModel]] = {"": SearchRequest, "/filters": SearchFilters, "/filters/year": YearRange}
    return {f"body/{place}{within}": list(model.model_fields) for within, model in models.items()}
