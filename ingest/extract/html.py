"""HTML: the main content of a page as blocks, without navigation, banners and other furniture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.decoding import decode
from ingest.extract.properties import Properties, gather
from ingest.formats import HTML
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

DROPPED_WORDS = """
    script style noscript template nav aside form button input select textarea label iframe object embed svg canvas audio
    video source track dialog menu head link meta area map math-renderer
"""
DROPPED = frozenset(DROPPED_WORDS.split())
PAGE_FURNITURE = frozenset({"header", "footer"})  # dropped outside the main content, kept inside an article's own head
DROPPED_ROLES_WORDS = """
    navigation banner contentinfo complementary search dialog alertdialog menu menubar toolbar tablist
"""
DROPPED_ROLES = frozenset(DROPPED_ROLES_WORDS.split())
# Whole words of class and id that name furniture; "header" alone is not among them (themes wrap titles in it).
FURNITURE_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|navheader|navfooter|docnav|menu|breadcrumbs?|sidebar|toc|cookie|cookies|consent|banner|share|"
    r"sharing|social|skip|related|newsletter|advert|ads|pagination|pager|page-navigation|site-footer|site-header|page-footer|"
    r"nav-footer|footer|comments?|login|search|anchorjs-link|headerlink|visually-hidden|sr-only|screen-reader-only|screen-reader-text|quarto-title-tools)(?:$|[\s_-])",
    re.IGNORECASE,
)
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
CONTAINERS_WORDS = """
    html body div section article main ul ol dl figure details blockquote center header footer fieldset hgroup address
    tbody thead tfoot table tr td th li dd dt p pre summary figcaption caption
"""
CONTAINERS = frozenset(CONTAINERS_WORDS.split())
FOOTNOTE_NAME = re.compile(r"(?:^|[\s_-])(?:footnotes?|fn|endnotes?)(?:$|[\s_:-]|\d)", re.IGNORECASE)
DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
XML_DECLARED = re.compile(rb"<\?xml[^>]+encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
DEPTH_LIMIT = 200  # of nested elements that are walked; deeper text is taken flat
MIN_MAIN_CHARACTERS = 200  # a <main> or <article> with less than this is not the page's content

PROPERTY_SOURCES = {
    "title": ("dc.title", "dcterms.title", "citation_title", "og:title"),
    "authors": ("author", "dc.creator", "dcterms.creator", "citation_author"),
    "publisher": ("dc.publisher", "dcterms.publisher", "citation_publisher", "og:site_name"),
    "date": ("dc.date", "dcterms.date", "dcterms.issued", "citation_publication_date", "article:published_time", "date"),
    "license": ("dc.rights", "dcterms.license", "dcterms.rights"),
    "description": ("dc.description", "dcterms.description", "description", "og:description"),
    "doi": ("citation_doi", "bepress_citation_doi", "prism.doi"),
    "isbn": ("citation_isbn", "og:isbn", "book:isbn"),
    "identifier": ("dc.identifier", "dcterms.identifier"),
    "keywords": ("keywords", "dc.subject", "citation_keywords"),
}
# Of schema.org: types that describe the work on the page, and their fields.
WORKS = ("Article", "Report", "Book", "WebPage", "CreativeWork", "Thesis", "Chapter", "Guide", "Posting")
LINKED_DATA = {
    "title": ("headline", "name"),
    "authors": ("author", "creator"),
    "publisher": ("publisher",),
    "date": ("datePublished",),
    "language": ("inLanguage",),
    "description": ("description", "abstract"),
    "license": ("license",),
    "isbn": ("isbn",),
    "identifier": ("identifier", "sameAs"),
    "keywords": ("keywords",),
}
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
MAX_LINKED_DATA = 200_000  # characters of one JSON-LD block


def extract_html(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a web page."""
    tree = parse_html(decode_html(path.read_bytes()))
    return Extraction(HTML, None, tuple(build_html_blocks(tree)), read_html_properties(tree))


def decode_html(data: bytes) -> str:
    """Return the text of a page whose declarations of an encoding may be wrong or contradict each other."""
    declared = XML_DECLARED.search(data[:1024]) or DECLARED.search(data[:4096])
    return decode(data, declared[1].decode("ascii", "replace") if declared else None)


def parse_html(text: str) -> HtmlElement:
    """Return the tree of `text`, read without network and without oversized trees. UnreadableDocument if there is none."""
    parser = HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, recover=True)
    try:
        tree = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableDocument("Die Webseite lässt sich nicht lesen. Bitte die Datei neu speichern.") from error
    if any("depth" in error.message for error in parser.error_log):  # the parser drops what lies deeper
        raise UnreadableDocument("Die Webseite ist zu tief verschachtelt und wurde nicht gelesen.")
    return tree


def build_html_blocks(tree: HtmlElement) -> list[Block]:
    """Return the blocks of the main content."""
    main = _find_main(tree)
    blocks = _merge_loose(list(_walk(main, 0, 0, is_note=False)))
    return [block for block in blocks if block.text]


def _find_main(tree: HtmlElement) -> HtmlElement:
    body = tree.find("body")
    root = tree if body is None else body
    for query in ("//main", "//*[@role='main']", "//article", "//*[@id='content' or @id='main-content' or @id='main']"):
        found = root.xpath(query)
        if len(found) == 1 and len(found[0].text_content().strip()) >= MIN_MAIN_CHARACTERS:
            return found[0]
    return root


def _is_furniture(element: HtmlElement, inside: bool) -> bool:
    tag = element.tag
    if tag in DROPPED or (tag in PAGE_FURNITURE and not inside) or element.get("role") in DROPPED_ROLES:
        return True
    if element.get("hidden") is not None or element.get("aria-hidden") == "true" or HIDDEN.search(element.get("style") or ""):
        return True
    if tag in ("body", "html", "main", "article"):
        return False
    names = element.get("class") or ""
    if not _begins_with_heading(element):  # such an id is the heading's words: "social-media", "cookies" are subjects there
        names = f"{names} {element.get('id') or ''}"
    return bool(FURNITURE_NAME.search(names))


def _begins_with_heading(element: HtmlElement) -> bool:
    first = next((child for child in element if isinstance(child.tag, str)), None)
    return first is not None and (first.tag in HEADINGS or (first.tag in ("header", "div") and _begins_with_heading(first)))


def _walk(element: HtmlElement, depth: int, list_depth: int, is_note: bool, is_item: bool = False) -> Iterator[Block]:
    """Yield blocks in document order; text directly inside a container comes as a loose paragraph."""
    tag = element.tag
    is_note = is_note or bool(FOOTNOTE_NAME.search(f"{element.get('class') or ''} {element.get('id') or ''}"))
    if depth >= DEPTH_LIMIT:
        yield Block(BlockKind.PARAGRAPH, _flatten(element))
        return
    if tag in HEADINGS:
        yield Block(BlockKind.HEADING, _flatten(element), HEADINGS[tag])
        return
    if tag == "table":
        if _is_data_table(element):
            yield from _build_table(element)
            return
    elif tag in ("ul", "ol"):
        list_depth += 1
    is_item = is_item or tag in ("li", "dd")
    kind = _kind_of(tag, is_note, is_item)
    level = max(list_depth, 1) if kind is BlockKind.LIST_ITEM else None
    if not _has_blocks(element):
        yield Block(kind, _flatten(element), level)
        return
    loose = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str) or _is_furniture(child, inside=depth > 0 or tag in ("main", "article")):
            loose.append(child.tail or "")
            continue
        if child.tag in CONTAINERS or child.tag in HEADINGS or _has_blocks(child):
            if text := clean(" ".join("".join(loose).split())):
                yield Block(kind, text, level)
            loose = [child.tail or ""]
            yield from _walk(child, depth + 1, list_depth, is_note, is_item)
        else:
            loose.extend((" " if child.tag == "br" else _flatten(child, strip=False), child.tail or ""))
    if text := clean(" ".join("".join(loose).split())):
        yield Block(kind, text, level)


def _kind_of(tag: str, is_note: bool, is_item: bool) -> BlockKind:
    if is_note:
        return BlockKind.FOOTNOTE
    if tag in ("figcaption", "caption"):
        return BlockKind.CAPTION
    return BlockKind.LIST_ITEM if is_item else BlockKind.PARAGRAPH


def _has_blocks(element: HtmlElement) -> bool:
    return any(
        isinstance(child.tag, str) and (child.tag in CONTAINERS or child.tag in HEADINGS) for child in element.iterdescendants()
    )


def _flatten(element: HtmlElement, strip: bool = True) -> str:
    """Return the text inside `element` without furniture and without marks that point to footnotes."""
    parts: list[str] = []
    skipped: HtmlElement | None = None
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        if event == "start":
            if skipped is None and node is not element and (_is_furniture(node, inside=True) or _is_note_mark(node)):
                skipped = node
            elif skipped is None:
                parts.append(" " if node.tag == "br" else "")
                parts.append(node.text or "")
        else:
            if skipped is node:
                skipped = None
            if skipped is None and node is not element:
                if node.tag in CONTAINERS:
                    parts.append(" ")
                parts.append(node.tail or "")
    text = " ".join("".join(parts).split()) if strip else re.sub(r"\s+", " ", "".join(parts))
    return clean(text) if strip else text


def _is_note_mark(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('role') or ''}".lower()
    return element.tag in ("a", "sup") and any(
        name in names for name in ("footnote-ref", "doc-noteref", "footnote-back", "doc-backlink")
    )


def _is_data_table(table: HtmlElement) -> bool:
    """Tables that only lay out a page hold other tables, headings or a single cell."""
    if table.xpath(".//table|.//h1|.//h2|.//h3|.//ul|.//ol"):
        return False
    rows = table.xpath(".//tr")
    return len(rows) > 1 and max((len(row.xpath("./td|./th")) for row in rows), default=0) > 1


def _build_table(table: HtmlElement) -> Iterator[Block]:
    for caption in table.xpath("./caption"):
        yield Block(BlockKind.CAPTION, _flatten(caption))
    rows = []
    for row in table.xpath(".//tr"):
        cells = [_flatten(cell).replace(" | ", " / ") for cell in row.xpath("./td|./th")]
        if any(cells):
            rows.append(" | ".join(cells))
    yield Block(BlockKind.TABLE, "\n".join(rows))


def _merge_loose(blocks: list[Block]) -> list[Block]:
    """Drop what says nothing: empty blocks and a block that repeats the one before it."""
    kept: list[Block] = []
    for block in blocks:
        if block.text and not (kept and kept[-1].text == block.text):
            kept.append(block)
    return kept


def read_html_properties(tree: HtmlElement) -> Properties:
    """Return what a page says about itself: meta tags (Dublin Core, citation_*, OpenGraph), JSON-LD, then title and links."""
    named: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").strip().lower()
        named.setdefault(name, []).append(meta.get("content") or "")
    pairs: list[tuple[str, str | None]] = []
    for field, names in PROPERTY_SOURCES.items():
        for name in names:
            if values := [value for value in named.get(name, ()) if value.strip()]:
                pairs.extend((field, value) for value in values)
                if field != "identifier":  # the first source that says something; of identifiers each may be another kind
                    break
    title = tree.find(".//title")
    pairs.extend(pair for pair in _read_linked_data(tree) if pair[0] not in dict(pairs))
    pairs.append(("title", title.text_content() if title is not None else None))
    pairs.append(("language", tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")))
    pairs.append(("language", next(iter(named.get("dc.language", ())), None)))
    for link in tree.iter("link"):
        relation, target = (link.get("rel") or "").lower(), link.get("href")
        if relation == "canonical" and (target or "").startswith(("http://", "https://")):
            pairs.append(("source_url", target))
        elif relation == "license":
            pairs.append(("license", target))
    return gather(pairs)


def _read_linked_data(tree: HtmlElement) -> list[tuple[str, str | None]]:
    """Return (field, text) pairs of the first schema.org work that a JSON-LD block describes; data only, nothing is run."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            data = json.loads((script.text or "")[:MAX_LINKED_DATA])
        except (ValueError, RecursionError):
            continue
        entries = data if isinstance(data, list) else [data]
        graphs = [entry["@graph"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("@graph"), list)]
        for entry in (*entries, *(entry for graph in graphs for entry in graph)):
            if isinstance(entry, dict) and str(entry.get("@type", "")).rstrip("']").endswith(WORKS):
                return [
                    (field, text)
                    for field, keys in LINKED_DATA.items()
                    for text in next(filter(None, (_name_all(entry.get(key)) for key in keys)), [])
                ]
    return []


def _name_all(value: object) -> list[str]:
    """Return the names in a JSON-LD value: a text, a thing with a name or value, or a list of those."""
    if isinstance(value, list):
        return [name for item in value for name in (_name_all(item) if not isinstance(item, list) else [])]
    if isinstance(value, dict):
        value = value.get("name") or value.get("value") or value.get("@id")
    return [value] if isinstance(value, str) and value.strip() else []
