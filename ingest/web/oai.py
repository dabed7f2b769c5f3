"""OAI-PMH 2.0: what an institutional repository answers, and what its Dublin Core says about a work. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from urllib.parse import unquote_plus, urlencode

from ingest.web.addresses import Address
from ingest.web.markup import Node, UnreadableMarkup
from ingest.web.shelf import Fields
from search_service.errors import InvalidSettings
from search_service.taxonomy import match_value

PREFIX = "oai_dc"  # the one format every repository must offer
MAX_TERMS = 10_000  # of one record, those after them are passed over; papers of large experiments name some 3000 authors
# Of the protocol; everything else in an endpoint's query belongs to its address.
ARGUMENTS = frozenset({"verb", "metadataPrefix", "set", "from", "until", "identifier", "resumptionToken"})
NO_RECORDS = "noRecordsMatch"  # an error in the protocol, an empty answer to us
ERRORS = {
    "badArgument": "Das Repositorium versteht die Anfrage nicht; bitte --oai-set und --oai-from prüfen.",
    "badResumptionToken": "Das Repositorium hat die Sitzung beendet; ein neuer Start lädt nur, was noch fehlt.",
    "badVerb": "Die Adresse ist kein OAI-PMH-Endpunkt für ListRecords; bitte die Adresse prüfen.",
    "cannotDisseminateFormat": "Das Repositorium bietet kein Dublin Core (oai_dc); bitte den Betreiber fragen.",
    "noSetHierarchy": "Das Repositorium kennt keine Sammlungen; bitte ohne --oai-set versuchen.",
}
DOI = re.compile(r"(?:doi:|doi\.org/|\A)\s*(10\.\d{4,9}/[^\s\"<>]+)", re.IGNORECASE)
URN = re.compile(r"urn:nbn:[a-z]{2}[a-z0-9:;/?._\-]+", re.IGNORECASE)
ISBN_NAME = re.compile(r"isbn(?:-?1[03](?=[:\s]))?|\A(?=97[89])", re.IGNORECASE)  # an ISBN-13 may stand without its name
ISBN_DIGITS = re.compile(r"[:\s]*((?:97[89][\s-]?)?(?:\d[\s-]?){9}[\dX])(?!\w)", re.IGNORECASE)
YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
LANGUAGE = re.compile(r"([a-z]{2})(?:[-_][a-z]+)?|(deu|ger|eng)", re.IGNORECASE)
ACCESS = re.compile(r"info:eu-repo/|(?:open|closed|restricted|embargoed)\s*access|http://purl\.org/coar/access", re.IGNORECASE)
FILE_ENDING = re.compile(r"\.[a-z0-9]{2,5}\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """One work in a repository."""

    identifier: str  # "oai:repositorium.example.org:123"
    datestamp: str  # when the record last changed, as written
    is_deleted: bool = False
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # Dublin Core name -> values in their order


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One answer to ListRecords."""

    records: tuple[Record, ...] = ()
    token: str | None = None  # asks for the next page; None on the last one
    problem: str | None = None  # German; None if all is well, or if there simply are no records


def build_request(
    endpoint: Address, *, token: str | None = None, set_name: str | None = None, since: str | None = None
) -> Address:
    """Return the address that asks for the first page, or for the one that `token` stands for.

    The endpoint's own query stays, but for what the protocol says itself.
    """
    query = {"verb": "ListRecords", "resumptionToken": token} if token else {"verb": "ListRecords", "metadataPrefix": PREFIX}
    if not token and set_name:
        query["set"] = set_name
    if not token and since:
        query["from"] = since
    own = endpoint.target.partition("?")[2].split("&")
    kept = [part for part in own if part and unquote_plus(part.partition("=")[0]) not in ARGUMENTS]
    return Address(endpoint.scheme, endpoint.host, endpoint.port, f"{endpoint.path}?{'&'.join([*kept, urlencode(query)])}")


def check_since(text: str) -> str:
    """Return a day or moment as OAI-PMH writes it. Raises InvalidSettings for anything else."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text).isoformat()
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError as error:
        raise InvalidSettings(f"„{text}“ ist kein Datum. Bitte wie 2024-05-01 oder 2024-05-01T12:00:00Z angeben.") from error


def parse_records(root: Node) -> RecordPage:
    """Return one page of records. Raises UnreadableMarkup if it is no OAI-PMH answer."""
    if root.name != "OAI-PMH":
        raise UnreadableMarkup(f"Die Antwort ist kein OAI-PMH, sondern <{root.name[:40]}>. Bitte die Adresse prüfen.")
    errors = {error.attributes.get("code", ""): error.text for error in root.find_all("error")}
    if NO_RECORDS in errors:
        return RecordPage()
    if errors:
        code, said = next(iter(errors.items()))
        known = ERRORS.get(code, "Das Repositorium meldet einen Fehler; bitte die Adresse prüfen.")
        return RecordPage(problem=f"{known} Antwort: „{(said or code)[:200]}“")
    page = root.find("ListRecords")
    if page is None:
        raise UnreadableMarkup("Die OAI-PMH-Antwort enthält keine Einträge (ListRecords). Bitte die Adresse prüfen.")
    records = tuple(record for node in page.find_all("record") if (record := _read_record(node)) is not None)
    return RecordPage(records, page.read("resumptionToken") or None)


def describe_record(record: Record) -> Fields:
    """Return the sidecar's fields (see `ingest.describe`) as far as the record states them."""
    terms = record.terms
    identifiers = terms.get("identifier", ())
    found: dict[str, str | int | Sequence[str] | None] = {
        "title": next(iter(terms.get("title", ())), None),
        "authors": terms.get("creator", ()),
        "year": _find_year(terms.get("date", ())),
        "publisher": next(iter(terms.get("publisher", ())), None),
        "type": next((value for text in terms.get("type", ()) if (value := match_value("type", text))), None),
        "language": _find_language(terms.get("language", ())),
        "license": _find_license(terms.get("rights", ())),
        "source_url": _find_page(identifiers),
        "doi": next((match[1].rstrip(".,;") for text in identifiers if (match := DOI.search(text))), None),
        "isbn": next((isbn for text in identifiers if (isbn := _read_isbn(text))), None),
        "urn": next((match[0] for text in identifiers if (match := URN.search(text))), None),
    }
    return {name: value for name, value in found.items() if value}


def find_places(record: Record) -> tuple[str, ...]:
    """Return the web addresses under which the work may be found, PDFs first, then other files, then pages."""
    links = dict.fromkeys(text for text in record.terms.get("identifier", ()) if text.startswith(("http://", "https://")))
    return tuple(sorted(links, key=lambda link: (not link.lower().endswith(".pdf"), not _is_file(link))))


def _read_record(node: Node) -> Record | None:
    header = node.find("header")
    if header is None or not (identifier := header.read("identifier")):
        return None
    is_deleted = header.attributes.get("status") == "deleted"
    metadata = node.find("metadata")
    core = metadata.find("dc") if metadata is not None else None
    terms: defaultdict[str, list[str]] = defaultdict(list)
    for term in islice(core.children, MAX_TERMS) if core is not None else ():
        if text := " ".join(term.text.split()):
            terms[term.name].append(text)
    values = {name: tuple(texts) for name, texts in terms.items()}
    return Record(identifier, header.read("datestamp"), is_deleted, values)


def _find_year(dates: Sequence[str]) -> int | None:
    """Return the year of publication: DSpace adds the moments of entry and release, written with a time, to dc:date."""
    plain = [text for text in dates if "T" not in text] or list(dates)
    years = [int(match[0]) for text in plain if (match := YEAR.search(text))]
    return min(years, default=None)


def _find_language(values: Sequence[str]) -> str | None:
    match = next((match for text in values if (match := LANGUAGE.fullmatch(text))), None)
    return None if match is None else (match[1] or match[2]).lower()


def _find_license(values: Sequence[str]) -> str | None:
    rights = [text for text in values if not ACCESS.search(text)]
    return next((text for text in rights if "creativecommons.org" in text), next(iter(rights), None))


def _find_page(identifiers: Sequence[str]) -> str | None:
    links = [text for text in identifiers if text.startswith(("https://", "http://"))]
    return next((link for link in links if not _is_file(link)), next(iter(links), None))


def _is_file(link: str) -> bool:
    path = link.partition("#")[0].partition("?")[0].split("/", 3)[3:]
    # A DOI and a handle may end in what looks like a file's ending.
    return bool(path) and bool(FILE_ENDING.search(path[0])) and not re.search(r"doi\.org/|hdl\.handle\.net/|urn:nbn:", link)


def _read_isbn(text: str) -> str | None:
    """Return the ISBN-13 that `text` states, if its check digit is right."""
    if (name := ISBN_NAME.search(text)) is None or (match := ISBN_DIGITS.match(text, name.end())) is None:
        return None
    digits = re.sub(r"[\s-]", "", match[1]).upper()
    if len(digits) == 10:
        weighed = sum((10 - place) * (10 if digit == "X" else int(digit)) for place, digit in enumerate(digits))
        return _complete_isbn("978" + digits[:9]) if weighed % 11 == 0 else None
    return digits if _complete_isbn(digits[:12]) == digits else None


def _complete_isbn(twelve: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return twelve + str(-total % 10)
