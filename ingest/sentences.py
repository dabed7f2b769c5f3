"""Where German sentences end: pure, with abbreviations, ordinals, list numbers and direct speech."""

from __future__ import annotations

import re

# Abbreviations after which a capital letter does not begin a sentence, unless it is that of a word in STARTERS. Collected from
# DIN 5008, Duden's list of common abbreviations and the citation style of German labour law.
ABBREVIATION_LIST = """
    abb abk abs abschn abt al allg anh anl anm apr art aufl aug az bd bde bes beschl betr bez bf bgl bl bsp bspw buchst bzgl
    bzw ca cf chr cit co dez dgl dipl dr ebd ed eds einschl engl entspr erg etc eu evtl exkl f feb febr ff fig forts fr frz
    gem gez ggf ggü grds hg hr hrn hrsg hrsgg hs inkl insb insbes inst jan jg jh jhd jr jul jun kap kfm lfd lit lt max mdl med
    mind mio mrd mrz mwst n nov nr nrn num o ohg okt op orig pers phil pkt pos prof proz rd rn rspr rz s schr sen sep sept sg
    sog spez st std stellv str tab techn teilw tel tsd tz u umg urspr urt usf usw v verf verh vgl vol vors vs z ziff zit zt
    zzgl österr
    """
ABBREVIATIONS = frozenset(ABBREVIATION_LIST.split())
# What follows these belongs to them, whatever word it is: "vgl. Die Zeit".
ALWAYS_GO_ON = frozenset(
    {"z.b", "d.h", "vgl", "s", "dr", "prof", "hr", "bzw", "ca", "sog", "inkl", "zzgl", "bspw", "evtl", "ggf"}
)
# These close an enumeration, so that any capital letter after them begins a sentence.
CLOSE = frozenset({"usw", "usf", "etc", "u.v.m", "u.v.a.m", "u.ä", "o.ä", "u.s.w", "dgl", "u.dgl"})
# Words that have a capital letter only where a sentence begins. "Sie" and "Ihr" are missing: they have it as an address too.
STARTER_LIST = """
    aber alle allerdings als also am an andererseits auch auf aus außerdem bei beide beim beispielsweise bereits bevor bis
    bisher da dabei dadurch dafür dagegen daher damit danach daneben dann daran darauf daraus darin darum darüber das dass
    davon dazu dem den denn dennoch der deren derzeit des deshalb dessen deswegen die dies diese diesem diesen dieser dieses
    doch dort durch eben ebenso ein eine einem einen einer einerseits eines einige entweder er erst es etwa falls ferner
    folglich für gegen gemäß gibt gleichzeitig hat heute hier hierbei hierfür hierzu hingegen häufig ich im in innerhalb
    insbesondere insgesamt ist ja je jede jedem jeden jeder jedes jedoch jetzt kann kein keine können künftig laut man manche
    meist mit muss müssen nach nachdem nein nicht noch nun nur ob obwohl oder oft ohne schließlich schon sein seine seinen
    seit sind so sobald sodann solche soll sollen somit sondern sowohl später statt trotz trotzdem um und unter viele vom von
    vor wann war warum was weder wegen weil weiterhin welche welcher welches wenn wer werden wie wir wird wo wobei wurde
    wurden während zu zudem zugleich zum zunächst zur zwar zwischen über
    """
STARTERS = frozenset(STARTER_LIST.split())
# Words before a number that counts nothing, so that its full stop is no ordinal's: "Nr. 5. Danach", "Tab. 4. Anders".
REFERENCE_LIST = """
    abb abbildung abs absatz abschnitt anhang anl anlage art artikel bd band buchst fn fußnote kap kapitel modul nr nummer phase
    platz punkt rn rz s satz schritt seite stufe tab tabelle teil ziff ziffer
    """
REFERENCES = frozenset(REFERENCE_LIST.split())
BOUNDARY = re.compile(r"(?P<end>[.!?…])(?P<close>[\"“”»«’')\]]*)\s+(?P<open>[„\"»«‚(\[–—-]?\s?)(?=(?P<word>[a-z]\)|\w+|[§•]))")
REFERENCE = re.compile(r"(\w+)\.?\s\d{1,2}$")
LAST_WORD = re.compile(r"(?:\b[^\W\d_]{1,3}\.\s?)*[\w-]+$")  # "z. B", "i. d. R", "Nr", "21", "II"
ROMAN = re.compile(r"[IVXLC]{1,6}")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans (start, end) of the sentences of `text`; together they cover all but the blanks between them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in BOUNDARY.finditer(text):
        if _ends_sentence(match, text[start : match.start()]):
            end = match.end("close")
            spans.append((start, end))
            start = match.start("open")
    if text[start:].strip():
        spans.append((start, len(text)))
    return spans


def _ends_sentence(match: re.Match[str], before: str) -> bool:
    """Tell whether the mark of `match` ends the sentence that begins with `before`."""
    word = match["word"]
    if not (word[0].isupper() or word[0].isdigit() or word in "§•" or word[1:] == ")"):
        return False
    if match["end"] == "…":
        return before[-1:].isalnum() or match["close"] != "" or word.lower() in STARTERS
    if before.endswith("("):  # "(?)"
        return False
    return match["end"] != "." or not _goes_on(before, match["close"], match["open"].strip(), word)


def _goes_on(before: str, close: str, opening: str, word: str) -> bool:
    """Tell whether the full stop after `before` belongs to its last word: "z. B.", "Nr.", "3.", "II."."""
    found = LAST_WORD.search(before)
    if found is None:
        return before.endswith(".") and word.lower() not in STARTERS  # "Das war ... Unsinn"
    chain = re.sub(r"\s", "", found[0]).casefold()
    last = re.split(r"\.\s?", found[0])[-1]
    if not _takes_full_stop(last):
        return False
    if not before[: found.start()].strip('„"»«‚(–—- ') and "." not in chain and not _is_abbreviation(last):
        return True  # the number of a list item or heading: "3. Die Folgen"
    if close:
        return ")" in close or "]" in close
    if chain in CLOSE:
        return False
    reference = REFERENCE.search(before)
    if reference is not None and reference[1].casefold() in REFERENCES and word[0].isupper():
        return False
    is_start = word[:1].isupper() and word.lower() in STARTERS and opening in ("", "–", "—")
    return chain in ALWAYS_GO_ON or (not is_start and word != "•")


def _takes_full_stop(word: str) -> bool:
    if word.isdigit():
        return len(word) <= 2  # "3. Oktober", "21. Jahrhundert"; a year ends its sentence
    return len(word) == 1 or _is_abbreviation(word) or ROMAN.fullmatch(word) is not None


def _is_abbreviation(word: str) -> bool:
    return word.casefold() in ABBREVIATIONS or word.endswith("str")  # "Hauptstr. 5"
