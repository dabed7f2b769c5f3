"""What the service asks of a request that JSON Schema cannot say, for schemathesis, which loads this file.

A case that breaks one of these rules fits the schema and is refused all the same, and rightly: it is left out. Everything
else that fits the schema has to be accepted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import IgnoredAuth, RejectedPositiveData

REACH = 1_000  # search_service.queries: a page may begin at most so many hits behind the first
PAGE_SIZE = 10  # where none is given
CHECKED = frozenset({"isbn", "urn", "doi", "ids"})  # fields with check digits, and ids that have to exist
CHECKED_PARAMETERS = frozenset({"before"})  # an id that has to exist
RANGE = re.compile(r"(\d{1,4})\.\.(\d{1,4})", re.ASCII)


@schemathesis.hook
def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Tell whether a case keeps all rules."""
    return not (breaks_a_rule(case.query) or breaks_a_rule(case.body))


@schemathesis.hook
def filter_failure(
    _context: schemathesis.HookContext, failure: Exception, _case: schemathesis.Case[Any], response: schemathesis.Response
) -> bool:
    """Tell whether a failure is one, and not a refusal that schemathesis does not take for one."""
    status = response.status_code
    if isinstance(failure, AcceptedNegativeData):  # of several questions each is refused for itself, inside the answer
        return not is_refused_inside(_read_json(response))
    if isinstance(failure, RejectedPositiveData):  # the name of an uploaded file decides, which no schema describes
        return status != HTTPStatus.UNSUPPORTED_MEDIA_TYPE and not is_refused_for_its_content(_read_json(response))
    if isinstance(failure, IgnoredAuth):  # after many wrong keys, tried beside the case: `response` is not of them
        return not tells_of(failure.message, HTTPStatus.TOO_MANY_REQUESTS)
    return True


def tells_of(message: str, status: HTTPStatus) -> bool:
    """Tell whether schemathesis says in `message` that it got `status`."""
    return f"got `{status.value} " in message


def is_refused_inside(answer: object) -> bool:
    """Tell whether an answer to several questions holds the refusal of one."""
    answers = answer.get("answers") if isinstance(answer, Mapping) else None
    return isinstance(answers, list) and any(isinstance(each, Mapping) and each.get("status") == 422 for each in answers)


def is_refused_for_its_content(problem: object) -> bool:
    """Tell whether all that a problem document finds fault with are values of the right form that are false or lead nowhere."""
    errors = problem.get("errors") if isinstance(problem, Mapping) else None
    if not isinstance(errors, list) or not errors:
        return False
    places = [(str(each.get("pointer")), each.get("parameter")) for each in errors if isinstance(each, Mapping)]
    return all(CHECKED.intersection(pointer.split("/")) or name in CHECKED_PARAMETERS for pointer, name in places)


def _read_json(response: schemathesis.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None


def breaks_a_rule(asked: object) -> bool:
    """Tell whether a page lies out of reach or a span of years runs backwards, anywhere in parameters or a JSON body."""
    if isinstance(asked, list):
        return any(map(breaks_a_rule, asked))
    if not isinstance(asked, Mapping):
        return False
    return _lies_out_of_reach(asked) or _runs_backwards(asked) or any(map(breaks_a_rule, asked.values()))


def _lies_out_of_reach(asked: Mapping[str, object]) -> bool:
    page, size = (_to_number(asked.get(name, default)) for name, default in (("page", 1), ("page_size", PAGE_SIZE)))
    return page is not None and size is not None and (page - 1) * size > REACH


def _runs_backwards(asked: Mapping[str, object]) -> bool:
    year = asked.get("year")
    if isinstance(year, str) and (span := RANGE.fullmatch(year)):
        return int(span.group(1)) > int(span.group(2))
    first, last = _to_number(asked.get("gte")), _to_number(asked.get("lte"))
    return first is not None and last is not None and first > last


def _to_number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
