"""The web service as OpenAPI 3.1 describes it: our one shape of errors in place of the framework's."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from search_service.edge.places import Place, find_place
from search_service.openapi_examples import add_examples, load_examples
from search_service.problems import NO_KEY, PROBLEM_MEDIA_TYPE, TOO_MANY_REQUESTS, Kind, problem_schemas

# What the layers around the routes add to answers: name, type, what it says.
HEADERS = (
    ("X-Request-ID", "string", "Name der Anfrage; bitte bei Rückfragen nennen."),
    ("RateLimit-Policy", "string", "Erlaubte Anfragen (`q`) je `w` Sekunden; fehlt, wenn der Betreiber nicht begrenzt."),
    ("RateLimit", "string", "Was davon übrig ist (`r`) und nach wie vielen Sekunden wieder mehr erlaubt ist (`t`)."),
    ("ETag", "string", "Stand der Antwort; mit `If-None-Match` zurückgeschickt, kommt 304, solange er gilt."),
    ("Retry-After", "integer", "Nach so vielen Sekunden lohnt ein neuer Versuch."),
)


class Service(FastAPI):
    """FastAPI whose OpenAPI document knows the one shape of our errors instead of the framework's."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document; built once."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document["components"]["schemas"]
            schemas.update(problem_schemas())
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for schema in schemas.values():
                schema.pop("description", None)  # the docstring of its class, which is for programmers
            add_examples(document, load_examples())
            document["components"]["headers"] = {
                name: {"description": told, "schema": {"type": kind}} for name, kind, told in HEADERS
            }
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                        del operation["responses"]["422"]
                    _describe_layers(path, method, operation)
        return super().openapi()


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of error answers, which are problem documents."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {int(kind.status): {"description": kind.title, "content": content} for kind in kinds}


def _describe_layers(path: str, method: str, operation: dict[str, Any]) -> None:
    """Write into an operation, in place, what is answered around its route: refusals, 304 and headers."""
    place, responses = find_place(path), operation["responses"]
    is_limited = place is not Place.PROBE
    is_tagged = method == "get" and place in (Place.ANSWER, Place.FILE)
    kinds = ([NO_KEY] if operation.get("security") else []) + ([TOO_MANY_REQUESTS] if is_limited else [])
    for status, answer in documented(*kinds).items():
        responses.setdefault(str(status), answer)
    if is_tagged:
        responses.setdefault("304", {"description": "Unverändert: Es gilt noch, was der Kopf „If-None-Match“ nennt."})
    for status, answer in responses.items():
        names = ["X-Request-ID"]
        names += ["RateLimit-Policy", "RateLimit"] if is_limited else []
        names += ["ETag"] if is_tagged and status in ("200", "206", "304") else []
        names += ["Retry-After"] if status in ("429", "503") else []
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names} | answer.get("headers", {})
