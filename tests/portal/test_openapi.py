"""The OpenAPI document: sound, in German, whole, and true: what it shows as examples is what the service answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from search_service.openapi_examples import add_examples, load_examples
from tests.portal.examples import Examples, open_examples, read_answer

ENGLISH = re.compile(r"\b(the|of|and|which|returns?|raises?)\b", re.IGNORECASE)
WITHOUT_DRAWING = {"getPageImage": 404}  # the small library is served without the process that draws pages


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examples]:
    with open_examples(tmp_path_factory.mktemp("examples")) as examples:
        yield examples


def walk_operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation


def find_succeeding(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the contents of the first answer that is none of an error."""
    return next(answer.get("content", {}) for status, answer in operation["responses"].items() if status.startswith("2"))


def is_binary(media_type: str) -> bool:
    return media_type in ("*/*", "application/octet-stream") or media_type.startswith("image/")


def find_lacking(document: dict[str, Any]) -> list[str]:
    """Return what is missing for a developer who reads the document, one line each."""
    lacking = []
    for name, operation in walk_operations(document):
        lacking += [f"{name}: {part}" for part in ("operationId", "summary", "description", "tags") if not operation.get(part)]
        for parameter in operation.get("parameters", ()):
            told = {**parameter.get("schema", {}), **parameter}
            if not told.get("description"):
                lacking.append(f"{name}: description of {parameter['name']}")
            if parameter.get("required") and not ("example" in told or "examples" in told):
                lacking.append(f"{name}: example of {parameter['name']}")
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if not ("example" in content or "examples" in content):
                lacking.append(f"{name}: example of the request")
        answers = find_succeeding(operation)
        shown = any("example" in content or "examples" in content for content in answers.values())
        if answers and not shown and not all(map(is_binary, answers)):
            lacking.append(f"{name}: example of the answer")
    return lacking


def walk_descriptions(value: Any) -> Iterator[str]:
    """Yield all that is told to a reader, examples and data left out."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name in ("description", "summary") and isinstance(each, str):
                yield each
            elif name not in ("example", "examples", "const", "enum", "default"):
                yield from walk_descriptions(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk_descriptions(each)


def walk_schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the outermost schemas of parameters, requests and answers, and those with a name."""
    if isinstance(value, dict):
        yield from (value[name] for name in ("schema",) if isinstance(value.get(name), dict))
        yield from value.get("schemas", {}).values()
        for name, each in value.items():
            if name not in ("schema", "schemas", "example", "examples"):
                yield from walk_schemas(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk_schemas(each)


def test_what_a_developer_misses_is_found():
    bare = {"paths": {"/a/{id}": {"post": {
        "operationId": "a", "tags": ["A"], "description": "Tut etwas.",
        "parameters": [{"in": "path", "name": "id", "required": True, "schema": {"description": "Kennung"}}],
        "requestBody": {"content": {"application/json": {}}},
        "responses": {"200": {"content": {"application/json": {}}}},
    }}}}  # fmt: skip
    found = ["summary", "example of id", "example of the request", "example of the answer"]
    assert find_lacking(bare) == [f"POST /a/{{id}}: {each}" for each in found]
    add_examples(bare, {"a": {"path": {"id": "x"}, "body": {}, "answer": {}}})
    assert find_lacking(bare) == ["POST /a/{id}: summary"]


def test_an_example_of_its_own_is_kept():
    document = {
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"content": {"text/plain": {"example": 1}}}}}}}
    }
    add_examples(document, {"a": {"answer": 2}, "b": {"answer": 3}})
    assert find_succeeding(document["paths"]["/a"]["get"]) == {"text/plain": {"example": 1}}


def test_the_document_is_sound_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    for schema in walk_schemas(document):
        Draft202012Validator.check_schema(schema)


def test_every_operation_is_described_in_german_with_examples(document):
    assert find_lacking(document) == []
    told = list(walk_descriptions(document))
    assert len(told) > 100
    assert [text for text in told if ENGLISH.search(re.sub(r"`[^`]*`", "", text))] == []


def test_operation_ids_are_unique_and_every_example_belongs_to_one(document):
    names = [operation["operationId"] for _, operation in walk_operations(document)]
    assert sorted(names) == sorted(set(names))
    assert load_examples().keys() == set(names)


def test_every_example_is_answered_as_the_schema_says(examples):
    wrong: dict[str, object] = {}
    for name, (_, _, operation) in examples.operations.items():
        response = examples.ask(name)
        answers = operation["responses"]
        media_type = response.headers["content-type"].partition(";")[0]
        content = answers.get(str(response.status_code), {}).get("content", {})
        expected = WITHOUT_DRAWING.get(name)
        if not (response.is_success or response.status_code == expected) or not ({media_type, "*/*"} & content.keys()):
            wrong[name] = (response.status_code, media_type, response.text[:300])
        elif media_type.endswith("json"):
            schema = (content.get(media_type) or content["*/*"]).get("schema", {})
            wrong[name] = check(schema, response.json(), examples.document)
    assert {name: found for name, found in wrong.items() if found} == {}


def test_the_answers_shown_have_the_form_of_those_given(examples):
    wrong = {}
    for name, example in load_examples().items():
        given = read_answer(examples.ask(name))
        shown = example.get("answer")
        if name not in WITHOUT_DRAWING and (shown is not None or given is not None):
            wrong[name] = compare_forms(shown, given)
    assert {name: found for name, found in wrong.items() if found} == {}, "python -m tests.portal.examples"


def check(schema: dict[str, Any], answer: Any, document: dict[str, Any]) -> list[str]:
    """Return what an answer has against its schema."""
    whole = {**schema, "components": document["components"]}
    errors = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(answer)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def compare_forms(shown: Any, given: Any, place: str = "$") -> list[str]:
    """Return where two answers differ in more than values: in their types, or in the names of their fields."""
    if isinstance(shown, dict) and isinstance(given, dict):
        if shown.keys() != given.keys() and "facets" not in place and "also_searched" not in place:
            return [f"{place}: {sorted(shown.keys() ^ given.keys())}"]
        return [
            each for name in shown.keys() & given.keys() for each in compare_forms(shown[name], given[name], f"{place}.{name}")
        ]
    if isinstance(shown, list) and isinstance(given, list):
        return [each for pair in zip(shown, given, strict=False) for each in compare_forms(*pair, f"{place}[]")]
    kinds = [float if isinstance(each, int) and not isinstance(each, bool) else type(each) for each in (shown, given)]
    return [] if kinds[0] is kinds[1] or None in (shown, given) else [f"{place}: {kinds}"]
