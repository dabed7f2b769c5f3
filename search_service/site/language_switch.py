"""The way from one language of the pages to the other, and how a choice goes on where cookies are blocked. Pure."""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from search_service.language import LANGUAGE, Language, choose_language
from search_service.links import API

REMEMBERED_SECONDS = 365 * 24 * 60 * 60
# What is no page: it speaks no language, or is not ours to address.
_NO_PAGE = re.compile(rf"/(?:/|static/|docs\b|{API[1:]}/|[^/?#]*\.xml\b)")
# Both match in pages rendered with escaping alone, where no attribute holds a bare quote or angle bracket.
_LINK = re.compile(r'(<a\b[^>]*?\shref=")(/[^"]*)(")')
_FORM = re.compile(r'<form\b[^>]*?\saction="(/[^"]*)"[^>]*>')
_SENDS = re.compile(r'\smethod="(?!get")', re.IGNORECASE)


def write_page_link(path: str, query: bytes, language: Language | None = None) -> str:
    """Return the address of the page at `path` (decoded) with its parameters `query` (encoded), in `language` if one is given.

    The path begins with one slash whatever was asked for, so that the link never leads to another host.
    """
    parameters = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if language is not None:
        parameters = [*(each for each in parameters if each[0] != LANGUAGE), (LANGUAGE, language.value)]
    address = f"/{quote(path.lstrip('/'), errors='replace')}"
    return f"{address}?{urlencode(parameters, errors='replace')}" if parameters else address


def choose_other(language: Language) -> Language:
    """Return the language that the switch leads to."""
    return Language.STANDARD if language is Language.EASY else Language.EASY


def find_unremembered(asked: str | None, remembered: str | None) -> Language | None:
    """Return the language an address asks for and no cookie remembers yet; None if without the parameter it were the same."""
    language = choose_language(asked, remembered)
    return None if language is choose_language(None, remembered) else language


def is_switched(method: str, site: str | None, host: str, referrer: str | None, asked: Language) -> bool:
    """Tell whether a reader came by the switch of one of our pages, so that the language may be remembered.

    `site` and `referrer` are the headers `Sec-Fetch-Site`, which browsers send by https, and `Referer`. A link of another site
    or a bookmark changes nothing in the browser; nor does a page that carries the language on from such a link.
    """
    try:
        before = urlsplit(referrer or "")
    except ValueError:
        return False
    is_ours = bool(before.netloc) and (site == "same-origin" or (site is None and before.netloc == host))
    return method == "GET" and is_ours and (LANGUAGE, asked.value) not in parse_qsl(before.query)


def carry_language(page: str, language: Language) -> str:
    """Return the HTML of a page with `language` in its links and searching forms to other pages of ours.

    A link that names a language, as the switch does, stays as it is.
    """
    field = f'<input type="hidden" name="{LANGUAGE}" value="{language}">'

    def extend_link(found: re.Match[str]) -> str:
        return f"{found[1]}{escape(extend_address(unescape(found[2]), language))}{found[3]}"

    def extend_form(found: re.Match[str]) -> str:
        is_unfit = _NO_PAGE.match(unescape(found[1])) or _SENDS.search(found[0])
        return found[0] if is_unfit else found[0] + field

    return _FORM.sub(extend_form, _LINK.sub(extend_link, page))


def extend_address(address: str, language: Language) -> str:
    """Return the address of a page of ours with the parameter in front of its fragment; any other one as it is."""
    if not address.startswith("/") or _NO_PAGE.match(address) or re.search(rf"[?&]{LANGUAGE}=", address):
        return address
    place, mark, fragment = address.partition("#")
    return f"{place}{'&' if '?' in place else '?'}{LANGUAGE}={language}{mark}{fragment}"
