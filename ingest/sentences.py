"""Where German sentences end: pure, with abbreviations and ordinals."""

from __future__ import annotations

import re

# Abbreviations after which a capital letter does not begin a sentence. Collected from DIN 5008, Duden's list of common
# abbreviations and the citation style of German labour law.
ABBREVIATION_LIST = """
    abb abs abschn abt al allg anh anl anm art aufl az bd bde bes beschl betr bez bf bgl bspw buchst bzgl bzw ca cf chr
    dgl dipl dr ebd ed eds einschl engl entspr etc eu evtl exkl f ff fig frz gem ggf ggü grds hg hr hrsg hrsgg hs inkl
    insb insbes inst jg jh jhd kap lfd lit lt max mdl med mind mio mrd mwst nr nrn num o ohg op orig pers phil pos prof
    proz rd rn rspr rz s sg sog st std str tab teilw tel tsd tz u urt usf usw v verf vgl vol vs z ziff zit zt zzgl
    """
ABBREVIATIONS = frozenset(ABBREVIATION_LIST.split())
BOUNDARY = re.compile(r"[.!?…][\"“”»«’')\]]*\s+(?=[„\"»«‚(\[–—-]?\s?[A-ZÄÖÜ0-9§•])")
LAST_TOKEN = re.compile(r"([\w-]+)$")
ROMAN = re.compile(r"[IVXLC]{1,5}$")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans (start, end) of the sentences of `text`; together they cover all but the blanks between them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in BOUNDARY.finditer(text):
        if text[match.start()] == "." and _is_abbreviation(text[start : match.start()]):
            continue
        end = match.start() + len(match[0].rstrip())
        spans.append((start, end))
        start = match.end()
    if text[start:].strip():
        spans.append((start, len(text)))
    return spans


def _is_abbreviation(before: str) -> bool:
    """Tell whether the full stop after `before` belongs to its last word: "z. B.", "Nr.", "3.", "II."."""
    found = LAST_TOKEN.search(before)
    if found is None:
        return False
    token = found[1]
    if token.isdigit():
        return len(token) <= 2  # "3. Oktober", "21. Jahrhundert"; a year ends its sentence
    return len(token) == 1 or token.casefold() in ABBREVIATIONS or ROMAN.match(token) is not None
