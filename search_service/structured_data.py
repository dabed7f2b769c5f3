"""What the page of a document tells machines: schema.org for search engines, and tags by which Zotero files the work. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from search_service.bibliography.csl import Json
from search_service.bibliography.formats import Format, offer_format
from search_service.bibliography.items import Item, ItemType, make_item
from search_service.bibliography.names import Name, is_organisation
from search_service.citations import PDF, link_doi
from search_service.documents import Document
from search_service.links import citation_path, file_path, page_path
from search_service.taxonomy import label_value

_SCHEMA_TYPES = {
    ItemType.REPORT: "Report",
    ItemType.BOOK: "Book",
    ItemType.WEBPAGE: "WebPage",
    ItemType.DOCUMENT: "CreativeWork",
}


@dataclass(frozen=True, slots=True)
class StructuredData:
    """What stands in the head of a document's page. Nothing is escaped yet: the template does that."""

    linked_data: Mapping[str, Json]  # JSON-LD
    tags: tuple[tuple[str, str], ...]  # name and content of <meta>
    records: tuple[tuple[str, str], ...]  # media type and address of the work in a format of reference managers


def describe_document(document: Document, root: str = "") -> StructuredData:
    """Return what the page of `document` tells machines; `root` stands before every path of ours."""
    item = make_item(document)
    formats = (Format.CSL, Format.BIBTEX, Format.RIS)
    records = ((offer_format(each).media_type, f"{root}{citation_path(document.id)}?format={each}") for each in formats)
    return StructuredData(_link_data(document, item, root), tuple(_list_tags(document, item, root)), tuple(records))


def _link_data(document: Document, item: Item, root: str) -> dict[str, Json]:
    known = document.metadata
    page = root + page_path(document.id)
    identifiers = {"DOI": item.doi, "ISBN": item.isbn, "URN": item.urn}
    fields: dict[str, Json] = {
        "@context": "https://schema.org",
        "@type": _SCHEMA_TYPES[item.type],
        "@id": page,
        "url": page,
        "name": item.title,
        "author": [_describe_author(name) for name in item.authors],
        "datePublished": str(item.year) if item.year is not None else None,
        "publisher": {"@type": "Organization", "name": item.publisher} if item.publisher else None,
        "inLanguage": item.language,
        "genre": item.genre,
        "keywords": [label_value("topic", topic) for topic in known.topics],
        "isbn": item.isbn,  # makes it a Book, which has this property
        "bookEdition": str(item.edition) if item.edition is not None and item.type is ItemType.BOOK else None,
        "version": item.edition if item.type is not ItemType.BOOK else None,
        "identifier": [
            {"@type": "PropertyValue", "propertyID": name, "value": value} for name, value in identifiers.items() if value
        ],
        "sameAs": link_doi(item.doi) if item.doi else item.url,
        "license": {"@type": "CreativeWork", "name": known.license} if known.license else None,
        "expires": known.valid_until.isoformat() if known.valid_until else None,
        "description": item.note,
        "encoding": {
            "@type": "MediaObject",
            "contentUrl": root + file_path(document.id),
            "encodingFormat": document.media_type,
            "contentSize": f"{document.size} B",
        },
    }
    return {name: value for name, value in fields.items() if value}


def _describe_author(name: Name) -> Json:
    if name.family:
        return {"@type": "Person", "name": f"{name.given} {name.family}", "familyName": name.family, "givenName": name.given}
    told = name.literal or ""
    return {"@type": "Organization", "name": told} if is_organisation(told) else {"name": told}


def _list_tags(document: Document, item: Item, root: str) -> Iterator[tuple[str, str]]:
    """Yield the tags that Google Scholar lists ("Inclusion Guidelines for Webmasters", after Highwire Press).

    Zotero takes a work that has none but these for an article in a journal. `DC.type` names its own kind of item; all of
    CSL's kinds that we use are called the same there.
    """
    yield "DC.type", item.type.value
    yield "citation_title", item.title
    for name in item.authors:
        yield "citation_author", name.inverted
    optional = {
        "citation_publication_date": str(item.year) if item.year is not None else None,
        "citation_publisher": item.publisher,
        "citation_technical_report_institution": item.publisher if item.type is ItemType.REPORT else None,
        "citation_pdf_url": root + file_path(document.id) if document.media_type == PDF else None,
        "citation_public_url": item.url,
        "citation_language": item.language,
        "citation_isbn": item.isbn,
        "citation_doi": item.doi,
    }
    yield from ((name, content) for name, content in optional.items() if content)
