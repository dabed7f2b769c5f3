"""Whole pages that an office file carries inside itself: HTML, web archives (MHT) and plain text."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.errors import MessageError

from ingest.blocks import Block
from ingest.extract.decoding import decode
from ingest.extract.html import build_html_blocks, decode_html, parse_html
from ingest.extract.text import build_text_blocks

WEB_ARCHIVES = (".mht", ".mhtml")
PAGES = (".htm", ".html", ".xhtml")


def build_embedded_blocks(data: bytes, name: str, media_type: str) -> list[Block]:
    """Return the blocks of an embedded part, told by its media type or the ending of its name; [] for other kinds."""
    ending = name.lower()
    if media_type == "message/rfc822" or ending.endswith(WEB_ARCHIVES):
        return [block for page in _read_web_archive(data) for block in build_html_blocks(parse_html(page))]
    if "html" in media_type or ending.endswith(PAGES):
        return build_html_blocks(parse_html(decode_html(data)))
    if media_type == "text/plain" or ending.endswith(".txt"):
        return build_text_blocks(decode(data))
    return []


def _read_web_archive(data: bytes) -> list[str]:
    """Return the HTML pages of a MIME message in order."""
    try:
        message = message_from_bytes(data, policy=policy.default)
        pages = [part for part in message.walk() if part.get_content_type() == "text/html"]
        contents = ((part.get_payload(decode=True), part.get_content_charset()) for part in pages)
        return [decode(content, charset) for content, charset in contents if isinstance(content, bytes)]
    except (MessageError, LookupError, ValueError):
        return []
