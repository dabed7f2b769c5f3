"""The web service as OpenAPI 3.1 describes it: our one shape of errors in place of the framework's."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from search_service.openapi_examples import add_examples, load_examples
from search_service.problems import PROBLEM_MEDIA_TYPE, Kind, problem_schemas


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
            for operations in document["paths"].values():
                for operation in operations.values():
                    if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                        del operation["responses"]["422"]
        return super().openapi()


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of error answers, which are problem documents."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {int(kind.status): {"description": kind.title, "content": content} for kind in kinds}
