"""Examples in the OpenAPI document: one request and its answer for each operation, out of `openapi_examples.json`. Pure.

The file is keyed by operation id. `path`, `query` and `body` say what is asked, `answer` what came back from a small library.
The tests ask every example anew; `python -m tests.portal.examples` records the answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).with_name("openapi_examples.json")


def load_examples(path: Path = EXAMPLES) -> dict[str, dict[str, Any]]:
    """Return operation id -> example."""
    examples: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return examples


def add_examples(document: Mapping[str, Any], examples: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the examples into an OpenAPI document, in place. What has an example of its own keeps it."""
    for operations in document["paths"].values():
        for operation in operations.values():
            example = examples.get(operation.get("operationId", ""))
            if example:
                _add_request(operation, example)
                _add_answer(operation, example)


def _add_request(operation: Mapping[str, Any], example: Mapping[str, Any]) -> None:
    asked = {**example.get("path", {}), **example.get("query", {})}
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in asked and "examples" not in parameter:
            parameter.setdefault("example", asked[parameter["name"]])
    if "body" in example:
        for content in operation["requestBody"]["content"].values():
            content.setdefault("example", example["body"])


def _add_answer(operation: Mapping[str, Any], example: Mapping[str, Any]) -> None:
    succeeded = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    content = succeeded[0].get("content", {}) if succeeded else {}
    if "answer" in example and content:
        next(iter(content.values())).setdefault("example", example["answer"])
