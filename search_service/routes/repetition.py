"""Parameters of an address that hold one value and come several times: each program on the way might take another one."""

from __future__ import annotations

from collections import Counter
from typing import get_args, get_origin

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel


async def refuse_repetition(request: Request) -> None:  # reads nothing, so that it waits for no thread
    """Raise RequestValidationError that names the parameters of one value that stand in the address several times."""
    counts = Counter(name for name, _ in request.query_params.multi_items())
    told = "„{}“ steht mehrmals in der Adresse. Bitte nur einmal angeben."
    faults = [
        {"loc": ("query", name), "type": "told", "ctx": {"detail": told.format(name)}}
        for name in list_single_values(request.scope.get("route"))
        if counts[name] > 1
    ]
    if faults:
        raise RequestValidationError(faults)


def list_single_values(route: object) -> list[str]:
    """Return the parameters of `route` that hold one value; none if it reads its address itself."""
    models = [each.field_info.annotation for each in route.dependant.query_params] if isinstance(route, APIRoute) else []
    return [
        name
        for model in models
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
        if not any(get_origin(each) is list for each in (field.annotation, *get_args(field.annotation)))
    ]
