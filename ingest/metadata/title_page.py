"""What a title page and an imprint say of their work: title, edition, year, people, publisher, licence, identifiers. Pure.

Only what is labelled or cannot be anything else is taken; where two different answers stand, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.blocks import Block, BlockKind
from ingest.metadata.edition_statement import read_edition
from ingest.metadata.fields import Value, as_title, split_authors
from ingest.metadata.file_properties import letters
from search_service.identifiers import find_isbn, read_doi, read_urn

TITLE_PAGE_BLOCKS = 12
TITLE_KINDS = frozenset({BlockKind.HEADING, BlockKind.PARAGRAPH})
EDITION_KINDS = TITLE_KINDS | {BlockKind.LIST_ITEM}  # "2. Auflage" begins like an item of a list
FRONT_PAGES = 3  # title page, its back and the page after: where an imprint stands, if not on the last page
FRONT_BLOCKS = 30  # the same in formats without pages
BACK_BLOCKS = 10
MAX_LINE = 600  # characters; an imprint set as one paragraph stays below, running text does not matter here

PRINTED_YEAR = re.compile(r"(?<![\d.,/§])(19[5-9]\d|20[0-4]\d)(?![\d/]|\.\d)")
_REFERENCES = re.compile(
    r"(?:\d+[\d.]*\s+)?(?:literatur(?:verzeichnis|hinweise|liste)?|quellen(?:verzeichnis|angaben)?|bibliogra\w+|references|"
    r"anmerkungen|endnoten|weiterführende .*|zum weiterlesen|verwendete .*)(?:\s+und\s+\w+)?",
    re.IGNORECASE,
)
# A line that speaks of somebody else's work.
_FOREIGN = re.compile(
    r"\bIn:\s|\bvgl\.|\bsiehe\b|\babgerufen\b|\bzuletzt\b|\bet al\.|\bu\. ?a\.\s*\(|\w\s\((?:19|20)\d\d[a-z]?\)", re.IGNORECASE
)
# References carry identifiers, too: only a line that begins with its label, or belongs to an imprint, speaks of this work.
_IMPRINT = r"|\b(?:Impressum|ISBN|ISSN|Herausgeb\w+|Hrsg\.|Zitier\w+|Lizenz\w*|Creative Commons|CC BY)\b|©"
_OWN_DOI = re.compile(rf"^\W*(?:DOI\b|https?://(?:dx\.)?doi\.org/){_IMPRINT}", re.IGNORECASE)
_OWN_URN = re.compile(rf"^\W*(?:URN\b|https?://nbn-resolving\.){_IMPRINT}", re.IGNORECASE)
_PUBLISHER = re.compile(
    r"\b(?:Herausgeber(?:in(?:nen)?|schaft)?|Herausgegeben\s+(?:von|vom|durch)|Hrsg\.|Hg\.|Verlag|Published by|Publisher)"
    r"(?:\s*\([^)]{0,20}\))?(?P<mark>\s*:)?\s*",
)
_AUTHORS = re.compile(
    r"\b(?:Autor(?:in(?:nen)?|en)?(?:\s+und\s+Autor(?:in(?:nen)?|en)?)?|Autor(?:/|:|\*|_|·)in(?:nen)?|AutorInnen|Verfasst\s+von|"
    r"Verfasser(?:in(?:nen)?)?(?:\s+und\s+Verfasser(?:in(?:nen)?)?)?|Text(?:e)?\s+von|Authors?)(?:\s*:)?\s*",
)
# Where a value ends that stands in one line with the next: a label, an address, a web address.
_VALUE_END = re.compile(
    r"\s(?=[A-ZÄÖÜ][\wäöüß*/-]*(?:\s(?:und|der|des|von|[A-ZÄÖÜ])[\wäöüß-]*){0,3}:\s)|[;|•·\n]|,?\s+\d{5}\s|,\s*(?=[^,]*\d)|"
    r"\s(?=[A-ZÄÖÜ][\wäöüß.-]*(?:straße|str\.|platz|allee|weg|gasse|ufer|ring)\s\d)|\s(?=(?:www\.|https?:|\S+@))|"
    r"\s(?=(?:©|ISBN|DOI|Tel\.|Telefon|E-Mail|Stand|Redaktion|Druck|Layout|Gestaltung|Satz|Titelbild|Foto|Autor|Verfass|Herausg|Hrsg))"
)
_NAME = r"(?:(?:Prof\.|Dr\.|PD|Dipl\.-\w+\.?|M\.\s?A\.|h\.\s?c\.|rer\.|nat\.|phil\.|jur\.|med\.|Ing\.)\s?)*" + (
    r"[A-ZÄÖÜ][\wäöüß'’-]+(?:\s[A-ZÄÖÜ]\.)*(?:\s(?:von|van|de|zu|der|den))*(?:\s[A-ZÄÖÜ][\wäöüß'’-]+){1,2}"
)
_NAMES = re.compile(rf"{_NAME}(?:\s*(?:,|;|und|&|·)\s*{_NAME})*")
_BY_NAMES = re.compile(rf"(?:von|by)\s+(?P<names>{_NAMES.pattern})")
_DEGREE = re.compile(r"^(?:Prof\.|Dr\.)")
_NO_PERSON = re.compile(
    r"redaktion|team|gmbh|e\.\s?v\.|institut|verband|universität|hochschule|zentrum|ministerium", re.IGNORECASE
)

_CC = re.compile(r"\bCC[\s-]+(BY(?:[\s-]+(?:NC|SA|ND))*)(?:[\s-]+(\d\.\d))?|\bCC0(?:[\s-]+(1\.0))?", re.IGNORECASE)
_CC_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-(?:nc|sa|nd))*)/(\d\.\d)|publicdomain/zero/(1\.0))", re.IGNORECASE
)
_CC_WORDS = re.compile(
    r"(?:Creative[\s-]Commons|CC)[\s\-„“\"(]*(?:Lizenz[\s\-„“\"(]*)?(?:Namensnennung|Attribution)(?P<more>[\w\s,–-]{0,90}?)"
    r"\s*(?P<version>\d\.\d)",
    re.IGNORECASE,
)
_CC_PARTS = (
    ("NC", "nicht[- ]?kommerziell|noncommercial"),
    ("ND", "keine bearbeitung|noderiv"),
    ("SA", "weitergabe|sharealike"),
)


def read_title_page(blocks: Sequence[Block]) -> dict[str, Value]:
    """Return the fields that the first pages and the last say for sure."""
    layer: dict[str, Value] = {}
    first = blocks[:TITLE_PAGE_BLOCKS]
    headings = [block for block in first if block.kind is BlockKind.HEADING and letters(block.text)]
    if headings:
        top = min(block.level or 1 for block in headings)
        layer["title"] = as_title(next(block.text for block in headings if (block.level or 1) == top)) or ""
    front = [block for block in first if (block.page or 1) <= 2 and len(block.text) < 200]
    edition = read_edition([b.text for b in front if b.kind in EDITION_KINDS and not _FOREIGN.search(b.text)])
    years = {int(found) for block in front if block.kind in TITLE_KINDS for found in PRINTED_YEAR.findall(block.text)}
    if edition.year is not None:
        layer["year"] = edition.year
    elif len(years) == 1:  # two different years on a title page: none of them is sure
        layer["year"] = years.pop()
    if edition.number is not None:
        layer["edition"] = edition.number
    imprint = list(_find_own_lines(blocks))
    found: dict[str, Value | None] = {
        "authors": _read_authors(imprint) or _read_names(first),
        "publisher": _only(_read_labelled(_PUBLISHER, imprint)),
        "license": _settle_license([license for line in imprint for license in find_licenses(line)]),
        "doi": _only(doi for line in imprint if _OWN_DOI.search(line) and (doi := read_doi(line))),
        "isbn": find_isbn(imprint),
        "urn": _only(urn for line in imprint if _OWN_URN.search(line) and (urn := read_urn(line))),
    }
    layer.update({field: value for field, value in found.items() if value})
    return layer


def find_licenses(line: str) -> Iterator[str]:
    """Yield the Creative Commons licences a line names, written "CC BY-SA 4.0"."""
    for pattern in (_CC, _CC_ADDRESS):
        for match in pattern.finditer(line):
            yield _write_license(match[1] or "0", match[2] or match[3])
    for match in _CC_WORDS.finditer(line):
        parts = [part for part, words in _CC_PARTS if re.search(words, match["more"], re.IGNORECASE)]
        yield _write_license("-".join(["BY", *parts]), match["version"])


def _write_license(kind: str, version: str | None) -> str:
    if kind == "0":
        return "CC0 1.0"
    return " ".join(["CC", re.sub(r"[\s-]+", "-", kind.upper()), *([version] if version else [])])


def _settle_license(found: Sequence[str]) -> str | None:
    """Return the one licence that is named, with its version if any mention has it; None if two different ones are named."""
    exact = [license for license in found if not any(other != license and other.startswith(f"{license} ") for other in found)]
    return _only(exact)


def _find_own_lines(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the texts of the first pages and of the last that speak of this work: no footnotes, no lists of references."""
    last = max((block.page or 0 for block in blocks), default=0)
    in_references = False
    for place, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING:
            in_references = bool(_REFERENCES.fullmatch(block.text.strip()))
        near = (
            block.page <= FRONT_PAGES or block.page == last
            if block.page is not None
            else place < FRONT_BLOCKS or place >= len(blocks) - BACK_BLOCKS
        )
        told = block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.TABLE)
        if near and told and not in_references and len(block.text) <= MAX_LINE and not _FOREIGN.search(block.text):
            yield block.text


def _read_labelled(label: re.Pattern[str], lines: Sequence[str]) -> Iterator[str]:
    """Yield the values behind a label; where the label fills its line, the next line is the value."""
    for place, line in enumerate(lines):
        for match in label.finditer(line):
            rest = line[match.end() :].strip(" |")
            opens = match.start() == 0 and (not rest or match[0].rstrip().endswith((".", "von", "vom", "durch", "by")))
            if not opens and ":" not in match[0]:
                continue  # the word inside a sentence: "Verlag und Herausgeber haften nicht"
            if not rest and place + 1 < len(lines):
                rest = lines[place + 1]
            value = _VALUE_END.split(rest, maxsplit=1)[0].strip(" ,;|–-")
            if value.endswith(".") and not re.search(r"\b(?:e\.\s?V|Co|Inc|mbH|Dr|\w)\.$", value):
                value = value[:-1]
            if 2 < len(value) <= 120:
                yield value


def _read_authors(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the authors behind a label if it names people, and always the same."""
    found = {tuple(_split_people(value)) for value in _read_labelled(_AUTHORS, lines) if _NAMES.fullmatch(value)}
    return found.pop() if len(found) == 1 else ()


def _read_names(first: Sequence[Block]) -> tuple[str, ...]:
    """Return the people named on the title page in a line of their own: after "von", or with a degree."""
    for block in first:
        text = block.text.strip().rstrip(".")
        if (block.page or 1) > 1 or block.kind not in TITLE_KINDS or _NO_PERSON.search(text):
            continue
        if match := _BY_NAMES.fullmatch(text):
            return tuple(_split_people(match["names"]))
        if _DEGREE.match(text) and _NAMES.fullmatch(text):
            return tuple(_split_people(text))
    return ()


def _split_people(text: str) -> Iterator[str]:
    yield from (name.strip() for part in split_authors(text) for name in re.split(r"\s*[,·]\s*", part) if name.strip())


def _only(values: Iterable[str]) -> str | None:
    found = list(dict.fromkeys(values))
    return found[0] if len(found) == 1 else None
