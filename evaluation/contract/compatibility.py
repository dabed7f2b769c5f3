"""Whether a client written for one OpenAPI document gets on with another: the promise of v1. Pure.

Answers: fields are added, never removed, renamed or retyped, and what was always there stays always there; an enumeration may
get new values. Requests: what was accepted stays accepted; parameters may be added if they can be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

Json = Mapping[str, object]

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class Direction(StrEnum):
    """Who reads what is compared: the service a request, the client an answer."""

    REQUEST = "request"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class _Comparison:
    released: Json
    present: Json
    direction: Direction
    inside: frozenset[tuple[object, object]] = frozenset()  # pairs of references that are being compared


def find_breaks(released: Json, present: Json) -> list[str]:
    """Return one German sentence for each way in which `present` breaks with `released`; empty if it keeps the promise."""
    breaks: list[str] = []
    for path, method, old in _walk_operations(released):
        where = f"{method.upper()} {path}"
        new = _object(_object(_object(present, "paths"), path), method)
        if not new:
            breaks.append(f"{where}: Den Aufruf gibt es nicht mehr.")
            continue
        requests = _Comparison(released, present, Direction.REQUEST)
        breaks += _compare_parameters(requests, old, new, where)
        breaks += _compare_bodies(requests, old, new, where)
        breaks += _compare_answers(_Comparison(released, present, Direction.ANSWER), old, new, where)
    return breaks


def _walk_operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path in sorted(_object(document, "paths")):
        for method in METHODS:
            if operation := _object(_object(_object(document, "paths"), path), method):
                yield path, method, operation


def _compare_parameters(comparison: _Comparison, old: Json, new: Json, where: str) -> Iterator[str]:
    olds, news = (
        {(str(each["in"]), str(each["name"])): each for each in _objects(operation, "parameters")} for operation in (old, new)
    )
    for place, parameter in olds.items():
        named = f"{where}, Parameter „{place[1]}“"
        if place not in news:
            yield f"{named}: Ihn gibt es nicht mehr."
            continue
        if news[place].get("required") and not parameter.get("required"):
            yield f"{named}: Er wird jetzt verlangt."
        yield from _compare(comparison, _object(parameter, "schema"), _object(news[place], "schema"), named)
    for place in news.keys() - olds.keys():
        if news[place].get("required"):
            yield f"{where}, Parameter „{place[1]}“: Er ist neu und wird verlangt."


def _compare_bodies(comparison: _Comparison, old: Json, new: Json, where: str) -> Iterator[str]:
    old_body, new_body = _object(old, "requestBody"), _object(new, "requestBody")
    if new_body.get("required") and not old_body.get("required"):
        yield f"{where}: Ein Anfragetext wird jetzt verlangt."
    yield from _compare_contents(comparison, old_body, new_body, f"{where}, Anfrage")


def _compare_answers(comparison: _Comparison, old: Json, new: Json, where: str) -> Iterator[str]:
    present = _object(new, "responses")
    answers = _object(old, "responses")
    for status in sorted(answers):
        if status in present:
            before, now = _object(answers, status), _object(present, status)
            yield from _compare_contents(comparison, before, now, f"{where}, Antwort {status}")
        elif status.startswith("2"):
            yield f"{where}: Die Antwort {status} gibt es nicht mehr."


def _compare_contents(comparison: _Comparison, old: Json, new: Json, where: str) -> Iterator[str]:
    released, present = _object(old, "content"), _object(new, "content")
    for media_type in sorted(released):
        if media_type in present or "*/*" in present:
            before, now = _object(released, media_type), _object(present, media_type) or _object(present, "*/*")
            yield from _compare(comparison, _object(before, "schema"), _object(now, "schema"), where)
        else:
            yield f"{where}: Das Format {media_type} gibt es nicht mehr."


def _compare(comparison: _Comparison, old: Json, new: Json, where: str) -> Iterator[str]:
    references = (old.get("$ref"), new.get("$ref"))
    if all(references):
        if references in comparison.inside:
            return  # a schema that contains itself
        comparison = _Comparison(
            comparison.released, comparison.present, comparison.direction, comparison.inside | {references}
        )
    if comparison.direction is Direction.REQUEST and "default" in old and new.get("default") != old["default"]:
        yield f"{where}: Die Vorgabe ist nicht mehr {old['default']}, sondern {new.get('default')}."
    olds = _list_alternatives(comparison.released, old)
    news = _list_alternatives(comparison.present, new)
    asking = comparison.direction is Direction.REQUEST
    for sent in olds if asking else news:  # each of these must be understood by one of the others
        pairs = [(sent, each) if asking else (each, sent) for each in (news if asking else olds) if _is_understood(sent, each)]
        found = [list(_compare_one(comparison, *pair, where)) for pair in pairs]
        if not found:
            told = "wird nicht mehr angenommen" if asking else "kommt neu hinzu"
            yield f"{where}: Der Typ „{sent.get('type', 'beliebig')}“ {told}."
        yield from min(found, key=len, default=[])


def _is_understood(sent: Json, expected: Json) -> bool:
    types = (sent.get("type"), expected.get("type"))
    return types[1] is None or types[0] == types[1] or types == ("integer", "number")


def _list_alternatives(document: Json, schema: Json) -> list[Json]:
    """Return the schemas out of which a value fits one, each with one type or none and without a reference."""
    schema = _resolve(document, schema)
    for name in ("anyOf", "oneOf"):
        if alternatives := _objects(schema, name):
            beside = {keyword: value for keyword, value in schema.items() if keyword != name}  # holds for each of them
            found = [inner for each in alternatives for inner in _list_alternatives(document, each)]
            return [inner if inner.get("type") == "null" else {**beside, **inner} for inner in found]
    if len(parts := _objects(schema, "allOf")) == 1:  # how a reference gets a description of its own
        return _list_alternatives(document, parts[0])
    types = schema.get("type")
    return [{**schema, "type": each} for each in types] if isinstance(types, list) else [schema]


def _resolve(document: Json, schema: Json) -> Json:
    while isinstance(reference := schema.get("$ref"), str):
        schema = document
        for step in reference.removeprefix("#/").split("/"):
            schema = _object(schema, step)
    return schema


def _compare_one(comparison: _Comparison, old: Json, new: Json, where: str) -> Iterator[str]:
    yield from _compare_enumerations(comparison.direction, old, new, where)
    if comparison.direction is Direction.REQUEST:
        yield from _compare_bounds(old, new, where)
    elif old.get("format") and new.get("format") != old["format"]:
        yield f"{where}: Die Schreibweise „{old['format']}“ gilt nicht mehr."
    yield from _compare_fields(comparison, old, new, where)
    for name, inner in (("items", f"{where}[]"), ("additionalProperties", f"{where}.*")):
        if (before := _object(old, name)) and name in new:
            yield from _compare(comparison, before, _object(new, name), inner)


def _compare_fields(comparison: _Comparison, old: Json, new: Json, where: str) -> Iterator[str]:
    olds, news = _object(old, "properties"), _object(new, "properties")
    for name in olds:
        if name in news:
            yield from _compare(comparison, _object(olds, name), _object(news, name), f"{where}.{name}")
        else:
            yield f"{where}.{name}: Das Feld gibt es nicht mehr."
    before, now = _strings(old, "required"), _strings(new, "required")
    if comparison.direction is Direction.REQUEST:
        yield from (f"{where}.{name}: Das Feld wird jetzt verlangt." for name in sorted(now - before))
        if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield f"{where}: Weitere Felder werden nicht mehr angenommen."
    else:
        kept = news.keys() & before
        yield from (f"{where}.{name}: Das Feld steht nicht mehr in jeder Antwort." for name in sorted(kept - now))


def _compare_enumerations(direction: Direction, old: Json, new: Json, where: str) -> Iterator[str]:
    olds, news = _list_values(old), _list_values(new)
    if direction is Direction.REQUEST and news is not None:
        if olds is None:
            yield f"{where}: Nur noch bestimmte Werte werden angenommen."
        else:
            yield from (f"{where}: Den Wert „{value}“ gibt es nicht mehr." for value in olds if value not in news)
    elif direction is Direction.ANSWER and olds is not None and news is None:
        yield f"{where}: Es kommen nicht mehr nur bestimmte Werte."


def _list_values(schema: Json) -> Sequence[object] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else None


def _compare_bounds(old: Json, new: Json, where: str) -> Iterator[str]:
    for names, sign in ((LOWER_BOUNDS, 1), (UPPER_BOUNDS, -1)):
        for name in names:
            before, now = old.get(name), new.get(name)
            if isinstance(now, int | float) and (not isinstance(before, int | float) or sign * now > sign * before):
                yield f"{where}: Die Grenze „{name}“ ist enger geworden ({before} → {now})."
    for name in ("pattern", "format", "multipleOf", "uniqueItems"):
        if new.get(name) and new[name] != old.get(name):
            yield f"{where}: Die Bedingung „{name}“ ist neu oder anders ({old.get(name)} → {new[name]})."


def _object(holder: Json, name: str) -> Json:
    found = holder.get(name)
    return found if isinstance(found, Mapping) else {}


def _objects(holder: Json, name: str) -> list[Json]:
    found = holder.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _strings(holder: Json, name: str) -> set[str]:
    found = holder.get(name)
    return set(map(str, cast(Iterable[object], found))) if isinstance(found, list) else set()
