"""What editors ask over HTTP: metadata, checked before it becomes a job, the reason of a withdrawal, a page of jobs.

What is accepted here is accepted by the reader of sidecars, too; the names of fields are those of a sidecar.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from search_service.desk.jobs import Json
from search_service.errors import InvalidQuery
from search_service.identifiers import read_doi, read_isbn, read_urn
from search_service.problems import explain_form
from search_service.questions import Number, Text
from search_service.taxonomy import VOCABULARY_OF, load_taxonomy, match_value

MAX_TEXT = 300  # characters of a title, a name or any other single value
MAX_NOTE = 500  # characters; the reason of a withdrawal and a note stand on a page
MAX_ADDRESS = 2000  # characters of an address; what browsers and servers agree on
MAX_VALUES = 100  # of one list
MAX_JOBS = 100  # on one page
_YEARS = range(1400, 2101)  # ingest.metadata.fields.YEARS
_EDITIONS = range(1, 1000)  # ingest.metadata.fields.EDITIONS


def _tell(detail: str) -> PydanticCustomError:
    """Return the error whose `detail` is shown as it is."""
    return PydanticCustomError("told", "{detail}", {"detail": detail})


def _tidy(text: str) -> str:
    """Return `text` on one line; refuse control characters."""
    tidy = " ".join(text.split())
    if any(unicodedata.category(character) == "Cc" for character in tidy):
        raise _tell("Der Text enthält Steuerzeichen. Bitte nur gewöhnliche Zeichen verwenden.")
    if not tidy:
        raise _tell("Der Text ist leer. Bitte einen Wert angeben oder das Feld weglassen; null nimmt den Wert zurück.")
    return tidy


def _limit(text: str, most: int) -> str:
    tidy = _tidy(text)
    if len(tidy) > most:
        raise _tell(f"Der Text ist mit {len(tidy)} Zeichen zu lang (höchstens {most}). Bitte kürzen.")
    return tidy


def _check_title(text: str) -> str:
    return _limit(text, MAX_TEXT)


def _check_note(text: str) -> str:
    return _limit(text, MAX_NOTE)


def _check_list(values: list[str]) -> list[str]:
    if len(values) > MAX_VALUES:
        raise _tell(f"Die Liste hat {len(values)} Werte, höchstens {MAX_VALUES} sind möglich. Bitte kürzen.")
    return list(dict.fromkeys(values))


def _check_year(year: int) -> int:
    if year not in _YEARS:
        raise _tell(f"{str(year)[:20]} ist kein Jahr zwischen {_YEARS[0]} und {_YEARS[-1]}.")
    return year


def _check_edition(number: int) -> int:
    if number not in _EDITIONS:
        raise _tell(f"Die Nummer der Auflage muss zwischen {_EDITIONS[0]} und {_EDITIONS[-1]} liegen.")
    return number


def _check_day(text: str) -> str:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    raise _tell("Der Tag muss die Form 2026-12-31 haben und im Kalender stehen.")


def _check_language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", text):
        raise _tell("Die Sprache muss ein Kürzel nach ISO 639-1 sein, z. B. de oder en.")
    return text


def _check_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s\x00-\x1f\x7f-\x9f\ufeff]+", text) or len(text) > MAX_ADDRESS:
        raise _tell("Die Adresse muss mit http:// oder https:// beginnen und ohne Leerzeichen geschrieben sein.")
    return text


def _check_doi(text: str) -> str:
    return _read_identifier(_read_whole(read_doi, text), "DOI", "10.1000/xyz")


def _check_isbn(text: str) -> str:
    return _read_identifier(read_isbn(text), "ISBN", "978-3-16-148410-0")


def _check_urn(text: str) -> str:
    return _read_identifier(_read_whole(read_urn, text), "URN", "urn:nbn:de:101:1-201102033592")


def _read_whole(read: Callable[[str], str | None], text: str) -> str | None:
    """Return what `read` finds if it is all there is but for a resolver or a label before it: a part would be another work."""
    found = read(text)
    before = text.strip().lower().removesuffix(found or "")
    return found if found and re.fullmatch(r"(?:https?://[^\s/]+/)?(?:doi:?\s*)?", before) else None


def _read_identifier(found: str | None, name: str, example: str) -> str:
    if found is None:
        raise _tell(
            f"Das ist keine gültige {name}. Erwartet wird z. B. {example} und nichts weiter; eine Prüfziffer muss stimmen."
        )
    return found


def _values(field: str) -> list[Json]:
    """Return what the taxonomy knows for a field of the metadata."""
    return list(load_taxonomy()[VOCABULARY_OF[field]])


def _vocabulary(field: str) -> AfterValidator:
    """Return the check that a text is a value of the taxonomy, by its name or its German label."""
    vocabulary = VOCABULARY_OF[field]

    def check(text: str) -> str:
        value = match_value(vocabulary, text)
        if value is None:
            raise _tell(f"„{text[:40]}“ ist hier nicht vorgesehen. Erlaubt sind: {', '.join(load_taxonomy()[vocabulary])}.")
        return value

    return AfterValidator(check)


# The limits stand in the schema, too; the checks above word the refusal. A line shows something and holds no control
# character but white space, which is made blanks.
_LINE = (
    r"^[^\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f]*[^\s\u0000-\u001f\u007f-\u009f]"
    r"[^\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f]*$"
)
_Line = Annotated[
    Text, AfterValidator(_check_title), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT, "pattern": _LINE})
]
_Note = Annotated[
    Text, AfterValidator(_check_note), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_NOTE, "pattern": _LINE})
]
_List = Field(json_schema_extra={"maxItems": MAX_VALUES})
_Year = Annotated[Number, AfterValidator(_check_year), Field(json_schema_extra={"minimum": _YEARS[0], "maximum": _YEARS[-1]})]
_Edition = Annotated[
    Number, AfterValidator(_check_edition), Field(json_schema_extra={"minimum": _EDITIONS[0], "maximum": _EDITIONS[-1]})
]
_Language = Annotated[Text, AfterValidator(_check_language), Field(json_schema_extra={"pattern": "^[a-z]{2}$"})]
_Address = Annotated[
    Text,
    AfterValidator(_check_address),
    Field(json_schema_extra={"pattern": r"^https?://[^\s\u0000-\u001f\u007f-\u009f\ufeff]+$", "maxLength": MAX_ADDRESS}),
]
_Day = Annotated[Text, AfterValidator(_check_day), Field(json_schema_extra={"format": "date"})]
_Type = Annotated[Text, _vocabulary("type"), Field(json_schema_extra={"enum": _values("type")})]
_Collection = Annotated[Text, _vocabulary("collection"), Field(json_schema_extra={"enum": _values("collection")})]
_Sector = Annotated[Text, _vocabulary("sectors"), Field(json_schema_extra={"enum": _values("sectors")})]
_Topic = Annotated[Text, _vocabulary("topics"), Field(json_schema_extra={"enum": _values("topics")})]
_Audience = Annotated[Text, _vocabulary("audience"), Field(json_schema_extra={"enum": _values("audience")})]


class MetadataRequest(BaseModel):
    """Metadata of a document. What is left out stays as it is; `null` takes an entry back."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"minProperties": 1})

    title: _Line | None = Field(None, description="Titel.", examples=["Leitfaden Schichtplanung"])
    authors: Annotated[list[_Line], AfterValidator(_check_list), _List] | None = Field(
        None, description="Namen, je Eintrag einer."
    )
    year: _Year | None = Field(None, description="Erscheinungsjahr.", examples=[2025])
    publisher: _Line | None = Field(None, description="Herausgeber oder Verlag.")
    type: _Type | None = Field(None, description="Art; auch ihr deutscher Name wird verstanden.", examples=["guide"])
    collection: _Collection | None = Field(None, description="Sammlung.", examples=["wissen"])
    sectors: Annotated[list[_Sector], AfterValidator(_check_list), _List] | None = Field(None, description="Branchen.")
    topics: Annotated[list[_Topic], AfterValidator(_check_list), _List] | None = Field(None, description="Themen.")
    audience: Annotated[list[_Audience], AfterValidator(_check_list), _List] | None = Field(None, description="Zielgruppen.")
    language: _Language | None = Field(None, description="Sprache nach ISO 639-1.", examples=["de"])
    license: _Line | None = Field(None, description="Lizenz.", examples=["CC BY 4.0"])
    source_url: _Address | None = Field(None, description="Wo das Dokument zuerst erschienen ist.")
    valid_until: _Day | None = Field(None, description="Letzter Tag der Gültigkeit.", examples=["2026-12-31"])
    doi: Annotated[Text, AfterValidator(_check_doi)] | None = Field(None, description="DOI.", examples=["10.1000/xyz"])
    isbn: Annotated[Text, AfterValidator(_check_isbn)] | None = Field(
        None, description="ISBN; die Prüfziffer muss stimmen.", examples=["9783161484100"]
    )
    urn: Annotated[Text, AfterValidator(_check_urn)] | None = Field(
        None, description="URN:NBN.", examples=["urn:nbn:de:101:1-201102033592"]
    )
    standalone: bool | None = Field(None, description="`true`: keine Ausgabe eines anderen Dokuments, so ähnlich es ihm ist.")
    edition: _Edition | None = Field(None, description="Nummer der Auflage.")
    note: _Note | None = Field(None, description="Hinweis, den jeder Leser sehen soll.")

    def to_sidecar(self) -> dict[str, Json]:
        """Return the fields that were given, those taken back as None, as a sidecar takes them."""
        given: dict[str, Json] = self.model_dump(mode="json", exclude_unset=True)
        return given

    def to_edits(self) -> dict[str, Json]:
        """Return `to_sidecar`; raise InvalidQuery if no field was given."""
        given = self.to_sidecar()
        if not given:
            told = "Es ist kein Feld angegeben. Bitte mindestens eines der Felder nennen, die sich ändern sollen."
            raise InvalidQuery(told, "")
        return given


def read_metadata_part(text: bytes | None) -> dict[str, Json]:
    """Return the metadata of an upload's form, None for what is taken back; `text` may be None. Raises ValidationError."""
    if text is None or not text.strip():
        return {}
    return MetadataRequest.model_validate_json(bytes(text)).to_sidecar()


def check_metadata(given: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, str]]:
    """Return metadata as a sidecar takes it and nothing else, or nothing and by field what is wrong with it, in German."""
    try:
        return MetadataRequest.model_validate(dict(given)).to_sidecar(), {}
    except ValidationError as error:
        return {}, _tell_faults(error)


def check_reason(text: str) -> tuple[str | None, str | None]:
    """Return the reason of a withdrawal, None for none, and what is wrong with it, None if nothing is."""
    try:
        return WithdrawRequest(reason=text or None).reason, None
    except ValidationError as error:
        return None, _tell_faults(error)["reason"]


def _tell_faults(error: ValidationError) -> dict[str, str]:
    records = error.errors(include_url=False)
    told = explain_form([dict(record) for record in records], {})
    # The first of a field: what follows is mostly of the same kind.
    return {str(record["loc"][0]): each.detail for record, each in reversed(list(zip(records, told, strict=True)))}


def place_errors(error: ValidationError) -> list[dict[str, object]]:
    """Return pydantic's records of an upload's metadata as they are of a body with the part `metadata`."""
    records: list[dict[str, object]] = []
    for record in error.errors(include_url=False):
        place = ("body", "metadata", *record["loc"])
        if record["type"] == "json_invalid":  # of a whole body it would mean the form
            told = {"detail": "Die Angaben im Feld „metadata“ sind kein gültiges JSON."}
            records.append({"type": "told", "loc": place, "ctx": told})
        else:
            records.append({**dict(record), "loc": place})
    return records


class WithdrawRequest(BaseModel):
    """Why a document is withdrawn."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: _Note | None = Field(
        None,
        description="Grund, den Leser eines alten Verweises sehen sollen.",
        examples=["Die Förderrichtlinie ist ausgelaufen."],
    )


class JobsParameters(BaseModel):
    """The parameters of `GET /admin/jobs`."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(description="Höchstens so viele.", json_schema_extra={"minimum": 1, "maximum": MAX_JOBS})] = 20
    before: Text | None = Field(None, description="Kennung eines Auftrags: nur ältere. Siehe `next` der Antwort.")

    def check(self) -> None:
        """Raise InvalidQuery if the limit is out of range."""
        check_limit(self.limit, MAX_JOBS)


MAX_GAPS = 1_000


class GapsParameters(BaseModel):
    """The parameters of `GET /admin/gaps`."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(description="Höchstens so viele.", json_schema_extra={"minimum": 1, "maximum": MAX_GAPS})] = 100

    def check(self) -> None:
        """Raise InvalidQuery if the limit is out of range."""
        check_limit(self.limit, MAX_GAPS)


def check_limit(limit: int, most: int) -> None:
    """Raise InvalidQuery if `limit` is not from 1 to `most`."""
    if not 1 <= limit <= most:
        raise InvalidQuery(f"„limit“ muss zwischen 1 und {most} liegen.", "limit")
