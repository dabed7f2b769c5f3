"""XML parts of office files and books: read without entities, without network, without oversized trees."""

from __future__ import annotations

from typing import TypeAlias

from lxml import etree

from ingest.extract.archive import DAMAGED, DOCTYPE
from search_service.errors import UnreadableDocument

Element: TypeAlias = etree._Element
XmlError = etree.LxmlError
TOO_DEEP = "Die Datei ist zu tief verschachtelt und wurde nicht gelesen. Bitte das Original vereinfachen und neu speichern."


def parse_part(data: bytes, allows_doctype: bool = False) -> Element:
    """Return the root of an XML part. UnreadableDocument with a German reason if it is no sound XML or declares a type.

    With `allows_doctype` (books have harmless ones) the declaration is passed over: nothing it names is looked up.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableDocument(explain_xml_error(error)) from error
    if root.getroottree().docinfo.doctype and not allows_doctype:
        raise UnreadableDocument(DOCTYPE)
    return root


def explain_xml_error(error: Exception) -> str:
    """Return the German sentence for what a parser refused."""
    return TOO_DEEP if "depth" in str(error).lower() else DAMAGED
