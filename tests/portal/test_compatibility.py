"""What breaks a client and what does not, in both directions; and that the present schema breaks none of the last release."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.contract.compatibility import find_breaks
from tests.portal.released import RELEASED, main, read_released

FIELD = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "year": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "kind": {"type": "string", "enum": ["title", "term"]},
        "seen": {"type": "string", "format": "date"},
        "inner": {"type": "array", "items": {"$ref": "#/components/schemas/Field"}},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "required": ["id", "year"],
}
BODY = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "q": {"type": "string", "minLength": 1, "maxLength": 10},
        "mode": {"type": "string", "enum": ["words", "meaning"], "default": "words"},
        "size": {"type": "integer", "minimum": 1, "maximum": 100},
    },
    "required": ["q"],
}


def document() -> dict[str, Any]:
    """Return a small OpenAPI document with one operation that is asked by address and body."""
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Field"}}}}
    operation = {
        "parameters": [
            {"in": "query", "name": "q", "required": True, "schema": {"type": "string"}},
            {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 20}},
        ],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
        "responses": {"200": answer, "404": {"description": "Nicht gefunden"}},
    }
    return copy.deepcopy({"paths": {"/a": {"post": operation}}, "components": {"schemas": {"Field": FIELD, "Body": BODY}}})


def change(path: str, value: object) -> dict[str, Any]:
    """Return the document with one place replaced, or removed where `value` is `...`."""
    changed = document()
    *steps, last = path.split("/")
    place: Any = changed
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[{"~": "/a"}.get(step, step)]
    key: Any = int(last) if isinstance(place, list) else {"~": "/a"}.get(last, last)
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return changed


ANSWER, ASKED, CALL = "components/schemas/Field", "components/schemas/Body", "paths/~/post"
BREAKING = {
    "operation removed": (CALL, ..., "Den Aufruf gibt es nicht mehr."),
    "parameter removed": (f"{CALL}/parameters/1", ..., "Ihn gibt es nicht mehr."),
    "parameter now required": (f"{CALL}/parameters/1/required", True, "Er wird jetzt verlangt."),
    "parameter retyped": (f"{CALL}/parameters/1/schema/type", "string", "Typ „integer“ wird nicht mehr angenommen"),
    "parameter bounded": (f"{CALL}/parameters/1/schema/maximum", 10, "Die Grenze „maximum“ ist enger geworden (20 → 10)."),
    "parameter with a pattern": (f"{CALL}/parameters/0/schema/pattern", "^a", "Die Bedingung „pattern“ ist neu"),
    "body now required": (f"{CALL}/requestBody/required", True, "Ein Anfragetext wird jetzt verlangt."),
    "body in another format": (f"{CALL}/requestBody/content", {"text/plain": {}}, "Das Format application/json gibt"),
    "request field removed": (f"{ASKED}/properties/size", ..., ".size: Das Feld gibt es nicht mehr."),
    "request field now required": (f"{ASKED}/required", ["q", "size"], ".size: Das Feld wird jetzt verlangt."),
    "request enum narrowed": (f"{ASKED}/properties/mode/enum", ["words"], "Den Wert „meaning“ gibt es nicht mehr."),
    "request text listed": (f"{ASKED}/properties/q/enum", ["x"], "Nur noch bestimmte Werte werden angenommen."),
    "request default changed": (f"{ASKED}/properties/mode/default", "meaning", "Vorgabe ist nicht mehr words, sondern meaning"),
    "request shortened": (f"{ASKED}/properties/q/minLength", 2, "Die Grenze „minLength“ ist enger geworden (1 → 2)."),
    "answer removed": (f"{CALL}/responses/200", ..., "Die Antwort 200 gibt es nicht mehr."),
    "answer in another format": (f"{CALL}/responses/200/content", {"text/csv": {}}, "Das Format application/json gibt es"),
    "answer field removed": (f"{ANSWER}/properties/kind", ..., ".kind: Das Feld gibt es nicht mehr."),
    "answer field retyped": (f"{ANSWER}/properties/id/type", "integer", ".id: Der Typ „integer“ kommt neu hinzu."),
    "answer field now nullable": (f"{ANSWER}/properties/id", {"type": ["string", "null"]}, "Typ „null“ kommt neu hinzu"),
    "answer field now optional": (f"{ANSWER}/required", ["id"], ".year: Das Feld steht nicht mehr in jeder Antwort."),
    "answer enum opened": (f"{ANSWER}/properties/kind", {"type": "string"}, ".kind: Es kommen nicht mehr nur bestimmte Werte."),
    "answer format changed": (f"{ANSWER}/properties/seen/format", "date-time", "Die Schreibweise „date“ gilt nicht mehr."),
    "answer list retyped": (f"{ANSWER}/properties/inner/items", {"type": "string"}, ".inner[]: Der Typ „string“ kommt neu"),
    "answer map retyped": (f"{ANSWER}/properties/counts/additionalProperties/type", "number", ".counts.*: Der Typ „number“"),
}  # fmt: skip
OPTIONAL, NEEDED = {"in": "query", "name": "new", "schema": {}}, {"in": "query", "name": "new", "required": True, "schema": {}}
KEEPING = {
    "nothing": (f"{CALL}/summary", "Anders beschrieben"),
    "operation added": (f"{CALL.replace('post', 'get')}", {"responses": {}}),
    "optional parameter added": (f"{CALL}/parameters", [*document()["paths"]["/a"]["post"]["parameters"], OPTIONAL]),
    "parameter widened": (f"{CALL}/parameters/1/schema", {"type": "number"}),
    "parameter no longer required": (f"{CALL}/parameters/0/required", False),
    "bound widened": (f"{ASKED}/properties/size/maximum", 1000),
    "request enum widened": (f"{ASKED}/properties/mode/enum", ["words", "meaning", "both"]),
    "request field added": (f"{ASKED}/properties/new", {"type": "string"}),
    "request field no longer required": (f"{ASKED}/required", []),
    "answer field added": (f"{ANSWER}/properties/new", {"type": "string"}),
    "answer field now always there": (f"{ANSWER}/required", ["id", "year", "kind"]),
    "answer enum widened": (f"{ANSWER}/properties/kind/enum", ["title", "term", "heading"]),
    "answer field never null": (f"{ANSWER}/properties/year", {"type": "integer"}),
    "number told more exactly": (f"{ANSWER}/properties/counts/additionalProperties/minimum", 0),
    "error no longer told": (f"{CALL}/responses/404", ...),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_a_client_is_found_once_and_named(name):
    path, value, told = BREAKING[name]
    breaks = find_breaks(document(), change(path, value))
    assert len(breaks) == 1, breaks
    assert told in breaks[0]
    assert breaks[0].startswith("POST /a")


@pytest.mark.parametrize("name", KEEPING)
def test_what_no_client_notices_is_allowed(name):
    path, value = KEEPING[name]
    assert find_breaks(document(), change(path, value)) == []


def test_a_new_parameter_that_is_required_breaks():
    changed = document()
    changed["paths"]["/a"]["post"]["parameters"].append(NEEDED)
    assert find_breaks(document(), changed) == ["POST /a, Parameter „new“: Er ist neu und wird verlangt."]


def test_a_renamed_field_is_a_removed_one():
    changed = document()
    properties = changed["components"]["schemas"]["Field"]["properties"]
    properties["name"] = properties.pop("kind")
    assert [each.partition(": ")[2] for each in find_breaks(document(), changed)] == ["Das Feld gibt es nicht mehr."]


@pytest.mark.parametrize("name", ["answer field removed", "answer field retyped", "request enum narrowed", "operation removed"])
def test_a_break_one_way_is_growth_the_other_way_or_a_break_too(name):
    path, value, _ = BREAKING[name]
    back = find_breaks(change(path, value), document())
    assert (back == []) is (name != "answer field retyped")


def test_a_condition_beside_alternatives_holds_for_each_of_them():
    optional = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    before = change(f"{CALL}/parameters/0/schema", optional)
    after = change(f"{CALL}/parameters/0/schema", {**optional, "pattern": "^a"})
    assert len(find_breaks(before, after)) == 1
    assert find_breaks(after, before) == []


def test_how_a_schema_is_written_does_not_matter():
    shared = change(f"{ANSWER}/properties/id", {"allOf": [{"$ref": "#/components/schemas/Name"}], "description": "Kennung"})
    shared["components"]["schemas"]["Name"] = {"type": "string"}
    assert find_breaks(document(), shared) == find_breaks(shared, document()) == []


SCALARS = st.sampled_from([{"type": "string", "maxLength": 5}, {"type": "integer", "minimum": 0}, {"enum": ["a", "b"]}, {}])
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda several: {"anyOf": several}),
        inner.map(lambda items: {"type": "array", "items": items}),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
            lambda fields: {"type": "object", "properties": fields, "required": sorted(fields)}
        ),
    ),
    max_leaves=8,
)


@given(SCHEMAS, SCHEMAS)
def test_every_document_keeps_its_own_promise_and_may_grow(asked, answered):
    released = document()
    released["components"]["schemas"] = {"Body": asked, "Field": answered}
    assert find_breaks(released, released) == []
    grown = copy.deepcopy(released)
    grown["components"]["schemas"]["Field"].setdefault("properties", {})["new"] = {"type": "string"}
    grown["paths"]["/b"] = grown["paths"]["/a"]
    assert find_breaks(released, grown) == []
    assert find_breaks(grown, released) != []


def test_the_present_schema_keeps_the_promise_of_the_last_release(document):
    assert find_breaks(read_released(), document) == []


def test_the_stored_schema_is_renewed_only_on_purpose(tmp_path, capsys):
    stored = tmp_path / "openapi-v1.json"
    stored.write_text(RELEASED.read_text("utf-8").replace('"/api/v1/suggest"', '"/api/v1/vorschlag"'), "utf-8")
    before = stored.read_text("utf-8")
    assert main([], stored) == 1
    assert "GET /api/v1/vorschlag: Den Aufruf gibt es nicht mehr." in capsys.readouterr().out
    assert stored.read_text("utf-8") == before
    assert main(["--renew"], stored) == 0
    assert main([], stored) == 0
    assert "/api/v1/suggest" in read_released(stored)["paths"]
