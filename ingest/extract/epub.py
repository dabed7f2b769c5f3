"""EPUB: the chapters in reading order, each read like a web page."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from ingest.blocks import Block, Extraction
from ingest.extract.archive import DAMAGED, READ_ERRORS, check_archive
from ingest.extract.html import build_html_blocks, decode_html, parse_html
from ingest.extract.office_xml import Element, parse_part
from ingest.extract.properties import Properties, gather
from ingest.formats import EPUB
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
ROOT_FILE = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
ENCRYPTED = "{http://www.w3.org/2001/04/xmlenc#}"
FONT_MARKS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # scrambled fonts, not text
PAGES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/xml"})
CONTENTS = frozenset({"toc", "loi", "lot", "index", "cover", "landmarks"})  # of OPF 2's guide: lists of places, not text
FIELDS = {
    "title": "title",
    "creator": "authors",
    "publisher": "publisher",
    "date": "date",
    "language": "language",
    "description": "description",
    "subject": "keywords",
    "rights": "license",
    "identifier": "identifier",
    "source": "identifier",
}
Books = dict[str, bytes]


def extract_epub(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a book without its table of contents. Books have no pages: their text flows."""
    check_archive(path, limits, endings=())
    try:
        with zipfile.ZipFile(path) as archive:
            place = _find_package(archive)
            package = parse_part(archive.read(place), allows_doctype=True)
            chapters = [archive.read(name) for name in _list_chapters(package, posixpath.dirname(place), archive)]
    except READ_ERRORS as error:
        raise UnreadableDocument(DAMAGED) from error
    blocks: list[Block] = []
    for chapter in chapters:
        if chapter.strip():
            blocks.extend(build_html_blocks(parse_html(decode_html(chapter))))
    return Extraction(EPUB, None, tuple(blocks), _read_properties(package))


def _find_package(archive: zipfile.ZipFile) -> str:
    """Return the name of the package document. UnreadableDocument for a book behind copy protection."""
    names = archive.namelist()
    container = next((name for name in names if name == CONTAINER or name.endswith(f"/{CONTAINER}")), None)
    if container is None:
        raise UnreadableDocument(DAMAGED)
    root = container.removesuffix(CONTAINER)  # some books were packed with their folder
    if f"{root}{ENCRYPTION}" in names and _is_protected(parse_part(archive.read(f"{root}{ENCRYPTION}"))):
        raise UnreadableDocument(
            "Das E-Book ist mit einem Kopierschutz versehen und lässt sich nicht lesen. "
            "Bitte eine Fassung ohne Kopierschutz ablegen."
        )
    for entry in parse_part(archive.read(container)).iter(ROOT_FILE):
        if place := entry.get("full-path"):
            return root + unquote(place)
    raise UnreadableDocument(DAMAGED)


def _is_protected(encryption: Element) -> bool:
    methods = [node.get("Algorithm", "") for node in encryption.iter(f"{ENCRYPTED}EncryptionMethod")]
    return any(not method.startswith(FONT_MARKS) for method in methods)


def _list_chapters(package: Element, folder: str, archive: zipfile.ZipFile) -> Iterator[str]:
    """Yield the names of the chapters in the order of the spine, each once, without contents and cover."""
    present = {name.casefold(): name for name in archive.namelist()}
    items = {item.get("id", ""): item for item in package.iter(f"{OPF}item")}
    left_out = {
        _locate(mark.get("href", ""), folder)
        for mark in package.iter(f"{OPF}reference")
        if mark.get("type", "").casefold() in CONTENTS
    }
    seen: set[str] = set()
    for mark in package.iter(f"{OPF}itemref"):
        item = items.get(mark.get("idref", ""))
        if item is None or item.get("media-type", "") not in PAGES or "nav" in item.get("properties", "").split():
            continue
        place = _locate(item.get("href", ""), folder)
        name = present.get(place.casefold())
        if name is not None and name not in seen and place not in left_out:
            seen.add(name)
            yield name


def _locate(href: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _read_properties(package: Element) -> Properties:
    pairs: list[tuple[str, str | None]] = []
    for node in package.iter():
        name = node.tag.removeprefix(DC) if isinstance(node.tag, str) and node.tag.startswith(DC) else ""
        role = node.get(f"{OPF}role", "aut")  # a creator without role is the author
        if name in FIELDS and not (name == "creator" and role != "aut"):
            pairs.append((FIELDS[name], node.text))
    return gather(pairs)
