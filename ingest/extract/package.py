"""Office Open XML packages (DOCX, PPTX, XLSX), brought to the one form their libraries read."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from ingest.extract.archive import XML_ENDINGS, check_archive
from ingest.extract.office_xml import Element, parse_part
from ingest.extract.properties import Properties, gather
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

TYPES = "[Content_Types].xml"
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# ISO 29500 Strict names the same elements under other addresses; the libraries know only those of Transitional.
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
# Templates, slide shows and files with macros have the same parts under another type; macros are data here, never run.
VARIANTS = (
    (re.compile(rb"application/vnd\.ms-word\.(?:document|template)\.macroEnabled\w*\.main\+xml"), b"wordprocessingml.document"),
    (
        re.compile(rb"application/vnd\.openxmlformats-officedocument\.wordprocessingml\.template\.main\+xml"),
        b"wordprocessingml.document",
    ),
    (re.compile(rb"application/vnd\.ms-powerpoint\.\w+\.macroEnabled\.main\+xml"), b"presentationml.presentation"),
    (
        re.compile(rb"application/vnd\.openxmlformats-officedocument\.presentationml\.(?:slideshow|template)\.main\+xml"),
        b"presentationml.presentation",
    ),
)
CORE_PART = re.compile(r"docProps/core\d*\.xml|.*\.psmdcp")
CORE = {
    "title": "title",
    "creator": "authors",
    "publisher": "publisher",
    "language": "language",
    "description": "description",
    "subject": "subject",
    "identifier": "identifier",
    "rights": "license",
    "keywords": "keywords",
    "created": "created",
    "modified": "modified",
}


def open_package(path: Path, limits: Limits) -> BinaryIO:
    """Return the package at `path`, checked, in Transitional form, as an ordinary document, without relations to nothing.

    Pictures and other parts that hold no text are left out. UnreadableDocument with a German reason if it is not sound.
    """
    check_archive(path, limits)
    target = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made:
        named = {name: _plain_name(name) for name in source.namelist() if _holds_text(name)}
        # Broken properties cost only themselves: the libraries would give up the whole file over them.
        wanted = {
            name: plain for name, plain in named.items() if not CORE_PART.fullmatch(plain) or _is_sound(source.read(name))
        }
        kept = {name.lower() for name in wanted.values()}
        for name, plain in wanted.items():
            data = source.read(name)
            if plain.lower().endswith((*XML_ENDINGS, ".vml")):
                data = STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", data)
            if plain == TYPES:
                data = _as_document(data)
            elif plain.endswith(".rels"):
                data = _drop_dead_relations(data, plain, kept)
            made.writestr(plain, data)
    target.seek(0)
    return target


def read_core_properties(package: BinaryIO) -> Properties:
    """Return what the core properties of an opened package say; a file without them or with broken ones says nothing."""
    with zipfile.ZipFile(package) as archive:
        roots = [parse_part(archive.read(name)) for name in archive.namelist() if CORE_PART.fullmatch(name)]
    pairs = ((_local(node), node.text) for root in roots for node in root)
    return gather(
        (CORE[name], _as_day(text) if name in ("created", "modified") else text) for name, text in pairs if name in CORE
    )


def _holds_text(name: str) -> bool:
    return name.lower().endswith((*XML_ENDINGS, ".psmdcp", ".html", ".htm", ".xhtml", ".mht", ".mhtml", ".txt", ".rtf"))


def _is_sound(data: bytes) -> bool:
    try:
        parse_part(data)
    except UnreadableDocument:
        return False
    return True


def _plain_name(name: str) -> str:
    """Some writers put backslashes or a leading slash into names."""
    return name.replace("\\", "/").lstrip("/")


def _as_document(types: bytes) -> bytes:
    for variant, kind in VARIANTS:
        types = variant.sub(b"application/vnd.openxmlformats-officedocument." + kind + b".main+xml", types)
    return types


def _drop_dead_relations(data: bytes, name: str, kept: set[str]) -> bytes:
    """Drop relations whose part is not there (or was left out): the libraries give up the whole file over one of them."""
    folder = posixpath.dirname(posixpath.dirname(name))
    root = parse_part(data)
    dead = [
        relation
        for relation in root.iter(RELATION)
        if relation.get("TargetMode") != "External" and _locate(relation.get("Target", ""), folder) not in kept
    ]
    if not dead:
        return data
    for relation in dead:
        root.remove(relation)
    return _serialise(root)


def _locate(target: str, folder: str) -> str:
    plain = unquote(target.replace("\\", "/").partition("#")[0])
    return posixpath.normpath(posixpath.join("/", folder, plain)).lstrip("/").lower()


def _serialise(root: Element) -> bytes:
    parts = [b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">']
    for relation in root.iter(RELATION):
        attributes = "".join(f' {key}="{_escape(value)}"' for key, value in relation.attrib.items())
        parts.append(f"<Relationship{attributes}/>".encode())
    return b"".join((*parts, b"</Relationships>"))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _local(node: Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _as_day(text: str | None) -> str | None:
    return text[:10] if text and re.match(r"\d{4}-\d\d-\d\d", text) else None
