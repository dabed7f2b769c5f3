"""XML and HTML from foreign servers, turned into plain data: nothing is expanded, nothing is loaded, sizes are bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from ingest.web.bodies import MEGABYTE
from search_service.errors import SourceUnavailable

MAX_ELEMENTS = 1_000_000  # a sitemap with all 50,000 entries and their optional parts has 250,000
MAX_HTML_BYTES = 5 * MEGABYTE  # lxml's tree of a page takes some 40 times its size; pages of repositories have some 100 kB
DOCUMENT_TYPE = "application/pdf"
DOCUMENT_META = "citation_pdf_url"  # Google Scholar's name for the full text, written by DSpace, EPrints, OPUS, OJS and others


class UnreadableMarkup(SourceUnavailable):
    """An answer is no XML or HTML, or one that is too large or refers to other files."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element of XML, with names as they are written after the prefix."""

    name: str
    text: str = ""  # of the element itself, without that of its children, trimmed
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: Sequence[Node] = ()

    def find(self, name: str) -> Node | None:
        """Return the first child of that name."""
        return next(self.find_all(name), None)

    def find_all(self, name: str) -> Iterator[Node]:
        """Yield the children of that name."""
        return (child for child in self.children if child.name == name)

    def read(self, name: str) -> str:
        """Return the text of the first child of that name; "" without one."""
        child = self.find(name)
        return child.text if child is not None else ""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where a web page says its document is, each list in the page's order, as written."""

    base: str | None  # what relative links are relative to, if the page says so
    stated: tuple[str, ...]  # in metadata: meant by the page as its full text
    linked: tuple[str, ...]  # links in the text that end in ".pdf"


def parse_xml(data: bytes) -> Node:
    """Return the root element. Raises UnreadableMarkup if it is no sound XML or has a DOCTYPE."""
    builder = _NodeBuilder()
    # Given a target of its own, lxml builds no tree: the builder's bound on elements is the bound on memory.
    parser = etree.XMLParser(target=builder, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        parser.feed(data)
        root = parser.close()
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableMarkup("Die Antwort ist kein gültiges XML. Bitte die Adresse prüfen.") from error
    if not isinstance(root, Node):
        raise UnreadableMarkup("Die Antwort ist leer. Bitte die Adresse prüfen.")
    return root


def find_document_links(page: bytes) -> PageLinks:
    """Return where a web page says its document is. Raises UnreadableMarkup if it is too large or no HTML at all."""
    if len(page) > MAX_HTML_BYTES:
        most = MAX_HTML_BYTES // MEGABYTE
        raise UnreadableMarkup(
            f"Die Seite des Eintrags ist größer als {most} MB und wird nicht nach Links durchsucht. "
            "Bitte die Datei von Hand laden und ablegen."
        )
    try:
        tree = document_fromstring(page, parser=HTMLParser(no_network=True, huge_tree=False, remove_comments=True))
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableMarkup("Die Seite ist kein lesbares HTML. Bitte die Adresse prüfen.") from error
    base = next((element.get("href") for element in tree.iter("base") if element.get("href")), None)
    stated = [meta.get("content") or "" for meta in tree.iter("meta") if (meta.get("name") or "").lower() == DOCUMENT_META]
    for link in tree.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        if {"item", "alternate"} & set(relations) and (link.get("type") or "").lower() == DOCUMENT_TYPE:
            stated.append(link.get("href") or "")
    linked = [
        link.get("href") or ""
        for link in tree.iter("a")
        if (link.get("type") or "").lower() == DOCUMENT_TYPE or _names_pdf(link.get("href") or "")
    ]
    return PageLinks(base, tuple(filter(None, stated)), tuple(dict.fromkeys(filter(None, linked))))


def _names_pdf(link: str) -> bool:
    return link.partition("#")[0].partition("?")[0].lower().endswith(".pdf")


class _NodeBuilder:
    """Receives lxml's events; the Node of the root is what `close` returns."""

    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, str], list[str], list[Node]]] = []
        self._root: Node | None = None
        self._count = 0

    def doctype(self, *_: object) -> None:
        """Refuse: entities and foreign files start here, and neither sitemaps nor OAI answers have one."""
        raise UnreadableMarkup("Die Antwort enthält eine DOCTYPE-Angabe; solches XML wird aus Vorsicht nicht gelesen.")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise UnreadableMarkup(f"Die Antwort hat mehr als {MAX_ELEMENTS} Elemente. Bitte den Betreiber fragen.")
        self._open.append((_local(tag), {_local(name): value for name, value in attributes.items()}, [], []))

    def data(self, text: str) -> None:
        """Take text of the element opened last."""
        if self._open:
            self._open[-1][2].append(text)

    def end(self, tag: str) -> None:
        """Close the element opened last."""
        name, attributes, texts, children = self._open.pop()
        node = Node(name, "".join(texts).strip(), attributes, children)
        if self._open:
            self._open[-1][3].append(node)
        else:
            self._root = node

    def close(self) -> Node | None:
        """Return the root, or None if there was none."""
        return self._root


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
