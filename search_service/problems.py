"""Error answers after RFC 9457: their kinds and shape, and refusals of a request's form put into plain German. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, JsonValue

PROBLEM_MEDIA_TYPE = "application/problem+json"
MAX_BODY_BYTES = 64 * 1024  # a question of 2,000 characters with every value of the vocabulary as a filter needs under 16 KiB


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem."""

    status: HTTPStatus
    slug: str  # anchor of its explanation in the help
    title: str
    detail: str = ""  # what happened and what to do, where the error itself does not say


INVALID_QUERY = Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "ungueltige-anfrage", "Ungültige Anfrage")
NOT_FOUND = Kind(
    HTTPStatus.NOT_FOUND,
    "nicht-gefunden",
    "Nicht gefunden",
    "Unter dieser Adresse gibt es nichts. Bitte die Adresse prüfen oder auf der Startseite suchen.",
)
GONE = Kind(HTTPStatus.GONE, "zurueckgezogen", "Zurückgezogen")
NOT_READY = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "nicht-bereit",
    "Nicht bereit",
    "Die Wissensbasis ist noch nicht geladen oder wird gerade erneuert. Bitte in einer Minute noch einmal versuchen.",
)
INTERNAL = Kind(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "interner-fehler",
    "Interner Fehler",
    "Im Dienst ist ein Fehler aufgetreten. Bitte später noch einmal versuchen oder den Betreiber verständigen.",
)
UNREADABLE = Kind(
    HTTPStatus.BAD_REQUEST,
    "unlesbare-anfrage",
    "Unlesbare Anfrage",
    "Die Anfrage ist nicht lesbar. Bitte Aufbau und Zeichensatz prüfen; ein Anfragetext muss JSON in UTF-8 sein.",
)
WRONG_METHOD = Kind(
    HTTPStatus.METHOD_NOT_ALLOWED,
    "falsche-methode",
    "Methode nicht erlaubt",
    "Diese Adresse kennt die verwendete HTTP-Methode nicht. Erlaubt sind die Methoden im Kopf „Allow“.",
)
TOO_LARGE = Kind(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "zu-gross",
    "Anfrage zu groß",
    f"Die Anfrage ist größer als {MAX_BODY_BYTES // 1024} KiB. Bitte Frage oder Filter kürzen.",
)
WRONG_RANGE = Kind(
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    "falscher-bereich",
    "Bereich nicht lieferbar",
    "Die Datei hat den angeforderten Bereich nicht. Bitte den Kopf „Range“ anpassen oder weglassen.",
)
NO_KEY = Kind(HTTPStatus.UNAUTHORIZED, "schluessel", "Schlüssel fehlt oder gilt nicht")
NOT_ALLOWED = Kind(HTTPStatus.FORBIDDEN, "nicht-erlaubt", "Mit diesem Schlüssel nicht erlaubt")
TOO_MANY_ATTEMPTS = Kind(HTTPStatus.TOO_MANY_REQUESTS, "zu-viele-versuche", "Zu viele falsche Schlüssel")
FILE_TOO_LARGE = Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "datei-zu-gross", "Datei zu groß")
UNSUITABLE_FILE = Kind(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "ungeeignete-datei", "Format wird nicht gelesen")
NO_SPACE = Kind(HTTPStatus.INSUFFICIENT_STORAGE, "kein-speicherplatz", "Kein Speicherplatz")
DESK_CLOSED = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "verwaltung-nicht-bereit",
    "Verwaltung nicht bereit",
    "Aufträge und Schlüssel sind gerade nicht erreichbar. Bitte den Betreiber verständigen.",
)
NOT_ACCEPTABLE = Kind(
    HTTPStatus.NOT_ACCEPTABLE,
    "format-nicht-lieferbar",
    "Format nicht lieferbar",
    "In keinem Format, das der Kopf „Accept“ zulässt, kann geantwortet werden. "
    "Bitte einen der Medientypen aus der Beschreibung nennen, oder das Format mit „?format=“ wählen.",
)
SLOW_REQUEST = Kind(
    HTTPStatus.REQUEST_TIMEOUT,
    "zu-langsam-gesendet",
    "Anfrage zu langsam",
    "Die Anfrage kam nicht rechtzeitig vollständig an. Bitte die Verbindung prüfen und noch einmal senden.",
)
ADDRESS_TOO_LONG = Kind(
    HTTPStatus.REQUEST_URI_TOO_LONG,
    "adresse-zu-lang",
    "Adresse zu lang",
    "Die Adresse ist zu lang. Bitte Frage oder Filter kürzen oder die Suche mit POST und JSON aufrufen.",
)
HEADERS_TOO_LARGE = Kind(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "kopfzeilen-zu-gross",
    "Kopfzeilen zu groß",
    "Die Kopfzeilen der Anfrage sind zu groß. "
    "Bitte überflüssige weglassen, im Browser etwa die Cookies dieser Adresse löschen.",
)
TOO_MANY_REQUESTS = Kind(
    HTTPStatus.TOO_MANY_REQUESTS,
    "zu-viele-anfragen",
    "Zu viele Anfragen",
    "Von diesem Anschluss kamen zu viele Anfragen in kurzer Zeit. "
    "Bitte so viele Sekunden warten, wie der Kopf „Retry-After“ nennt.",
)
FOREIGN_ORIGIN = Kind(
    HTTPStatus.FORBIDDEN,
    "fremde-herkunft",
    "Herkunft nicht freigegeben",
    "Seiten dieser Herkunft dürfen die Schnittstelle nicht aus dem Browser aufrufen. "
    "Der Betreiber kann sie mit CHANGE_WISSEN_ORIGINS freigeben.",
)
BUSY = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "ausgelastet",
    "Ausgelastet",
    "Der Dienst beantwortet gerade so viele Anfragen, wie er kann. Bitte in einigen Sekunden noch einmal versuchen.",
)
TOO_SLOW = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "zeit-abgelaufen",
    "Zeit abgelaufen",
    "Die Antwort war in der erlaubten Zeit nicht fertig. Bitte die Frage vereinfachen oder es später noch einmal versuchen.",
)
DESK_KINDS = (NO_KEY, NOT_ALLOWED, TOO_MANY_ATTEMPTS, FILE_TOO_LARGE, UNSUITABLE_FILE, NO_SPACE, DESK_CLOSED)
KINDS = (
    INVALID_QUERY,
    NOT_FOUND,
    GONE,
    NOT_READY,
    INTERNAL,
    UNREADABLE,
    WRONG_METHOD,
    TOO_LARGE,
    WRONG_RANGE,
    NOT_ACCEPTABLE,
    SLOW_REQUEST,
    ADDRESS_TOO_LONG,
    HEADERS_TOO_LARGE,
    TOO_MANY_REQUESTS,
    *DESK_KINDS,
    FOREIGN_ORIGIN,
    BUSY,
    TOO_SLOW,
)


def _make_text(value: object) -> object:
    """Return what may be sent: half of a surrogate pair, which a request may bring along, is no text."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Told = Annotated[str, BeforeValidator(_make_text)]


class FieldProblem(BaseModel):
    """What is wrong with one part of a request."""

    pointer: Told | None = Field(default=None, description="JSON-Zeiger in den Anfragetext, z. B. `#/filters/year/gte`.")
    parameter: Told | None = Field(default=None, description="Name des Parameters in der Adresse.")
    detail: Told = Field(description="Was nicht stimmt und was erwartet wird.")


class Problem(BaseModel):
    """An error after RFC 9457 (`application/problem+json`)."""

    type: str = Field(description="Adresse der Erklärung; gleich für gleiche Fehler.")
    title: str = Field(description="Kurzname des Fehlers.")
    status: int = Field(description="HTTP-Status.")
    detail: Told = Field(description="Was geschehen ist und was jetzt zu tun ist.")
    instance: str = Field(description="Pfad der Anfrage, ohne die Frage.")
    errors: list[FieldProblem] | None = Field(None, description="Einzelne Mängel einer Anfrage.")
    request_id: str | None = Field(
        None, description="Name der Anfrage, wie im Kopf `X-Request-ID`; bitte bei Rückfragen nennen."
    )


def explain_form(errors: Iterable[Mapping[str, object]], allowed: Mapping[str, Sequence[str]]) -> list[FieldProblem]:
    """Return one German explanation for each of pydantic's error records (`loc`, `type`, `ctx`).

    `allowed` names what may stand at a place: "query" for the parameters, "body" for the JSON object, "body/filters" inside.
    """
    explained = []
    for error in errors:
        place = error.get("loc")
        steps = [str(step) for step in place] if isinstance(place, tuple | list) else []
        context = error.get("ctx")
        detail = _explain(str(error.get("type")), steps, context if isinstance(context, Mapping) else {}, allowed)
        if error.get("type") == "json_invalid":
            steps = steps[:1]  # the rest is a position in the text, not a place in the object
        if steps[:1] in (["query"], ["path"]):
            explained.append(FieldProblem(parameter=".".join(steps[1:2]), detail=detail))
        else:
            pointer = "#" + "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps[1:])
            explained.append(FieldProblem(pointer=pointer, detail=detail))
    return explained


def locate_fault(field: str, detail: str, *, in_address: bool) -> FieldProblem:
    """Return what is wrong with a `field`, named as by InvalidQuery, of an address or of a JSON body."""
    if in_address:
        return FieldProblem(parameter=field.rpartition("/")[2], detail=detail)
    return FieldProblem(pointer=f"#/{field}" if field else "#", detail=detail)


def _explain(kind: str, steps: Sequence[str], context: Mapping[str, object], allowed: Mapping[str, Sequence[str]]) -> str:
    name = next((step for step in reversed(steps) if not step.isdecimal()), "")
    if kind == "told":  # our own check, which has its German sentence
        return str(context.get("detail"))
    if kind == "extra_forbidden":
        known = ", ".join(allowed.get("/".join(steps[:-1]), ()))
        what = "Den Filter" if steps[-2:-1] == ["filters"] else "Den Parameter" if steps[0] == "query" else "Das Feld"
        return f"{what} „{_abbreviate(name)}“ gibt es nicht." + (f" Erlaubt sind: {known}." if known else "")
    if kind == "missing":
        return "Der Anfragetext fehlt. Erwartet wird ein JSON-Objekt." if steps == ["body"] else f"„{name}“ fehlt."
    if kind in ("enum", "literal_error"):
        return f"„{name}“ hat einen unbekannten Wert. Erlaubt sind: {context.get('expected', '')}.".replace(
            "' or '", "', '"
        ).replace("'", "")
    if kind.startswith("bool_"):
        return f"„{name}“ muss true oder false sein."
    if kind.startswith("int_"):
        return f"„{name}“ muss eine ganze Zahl sein."
    if kind == "list_type":
        return f'„{name}“ muss eine Liste von Texten sein, z. B. ["…"].'
    if kind in ("string_too_short", "too_short"):
        return f"„{name}“ darf nicht leer sein. Bitte einen Wert angeben oder „{name}“ weglassen."
    if kind == "string_unicode":
        return f"„{name}“ enthält Zeichen, die kein gültiges Unicode sind."
    if kind.startswith("string_"):
        return f"„{name}“ muss ein Text sein."
    if kind == "json_invalid":
        return "Der Anfragetext ist kein gültiges JSON."
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "Der Anfragetext muss ein JSON-Objekt sein." if steps == ["body"] else f"„{name}“ muss ein JSON-Objekt sein."
    return (
        f"„{name}“ hat einen Wert, der hier nicht möglich ist."
        if name
        else "Die Anfrage hat eine Form, die hier nicht möglich ist."
    )


def _abbreviate(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}…"


def problem_schemas() -> dict[str, JsonValue]:
    """Return the schemas of `Problem` and `FieldProblem` for an OpenAPI document, keyed by name."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schema.pop("$defs")
    return {"Problem": schema, **inner}
