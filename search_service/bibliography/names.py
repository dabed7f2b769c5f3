"""Names of authors: family and given name told apart where the writing itself tells, everything else left whole. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TITLES = re.compile(
    r"^(?:(?:Prof|Dr|Dipl|Mag|PD|Priv|Doz|h|c|jur|phil|med|rer|pol|nat|oec|ing|habil|em)\b[.\-‐‑ ]+(?:Ing\.\s+)?)+", re.I
)
_NAME = re.compile(r"[^\W\d_][\w'’‐‑\-]*\.?")  # one word of a person's name: "Müller-Lüdenscheidt", "A."
_INITIAL = re.compile(r"(?:[^\W\d_]\.[\-‐‑]?)+")
_PARTICLES = frozenset(
    {"von", "vom", "van", "zu", "zum", "zur", "de", "der", "den", "del", "della", "di", "da", "dos", "la", "le", "ten"}
)
_MOST_GIVEN = 3  # words of a given name behind a comma; more is a sentence
# What names an organisation: parts of words (a family name holds none of them), and whole words.
_ORGANISATIONS = re.compile(
    r"institut|minister|universit|hochschule|university|akademie|academy|verband|verein|vereinigung|association|kammer|chamber"
    r"|stiftung|foundation|redaktion|agentur|agency|zentrum|zentral|center|centre|gesellschaft|gewerkschaft|netzwerk|network"
    r"|kommission|commission|council|department|ministry|bundes|landes|initiative|plattform|allianz|alliance|projekt|project"
    r"|bibliothek|archiv|museum|verlag|publishing|consult|beratung|forschung|research|arbeitskreis|arbeitsgruppe|ausschuss"
    r"|europäisch|european|deutsche[rsn]?\b|international|technolog|digital|wirtschaft|handwerk|industrie|universal|autoren"
    r"|\b(?:amt|rat|beirat|team|gruppe|group|hub|lab|forum|office|bank|büro|presse|press|partner|dienst|bund|land|stadt|kreis"
    r"|gmbh|mbh|ag|kg|ohg|se|ev|inc|ltd|llc|corp|company|unternehmen|werkstatt|schule|klinik|fakultät|lehrstuhl)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Name:
    """An author: a person with family and given name, or a name that is not taken apart."""

    literal: str | None = None  # None exactly where `family` is known
    family: str | None = None  # with its particle: "von Berg"
    given: str | None = None

    @property
    def short(self) -> str:
        """How the author is called in a running text: "Müller"."""
        return self.family or self.literal or ""

    @property
    def inverted(self) -> str:
        """How the author stands in a list: "Müller, Anna"; a name that is not taken apart as it is."""
        return f"{self.family}, {self.given}" if self.family else self.literal or ""


def read_name(text: str) -> Name:
    """Return the author of a metadata field.

    Taken apart are "Nachname, Vorname" and "Vorname Nachname", with a particle or initials between. Names of organisations
    and whatever else has three words or more stay whole: a guess would file "Institut Arbeit Technik" under "Technik".
    Academic titles are left out of what is taken apart.
    """
    if is_organisation(text):
        return Name(text)
    if text.count(",") == 1:
        family, _, given = (part.strip() for part in text.partition(","))
        given = _TITLES.sub("", f"{given} ").strip()
        is_person = _is_family(family) and 0 < len(given.split()) <= _MOST_GIVEN and _all_names(given)
        return Name(family=family, given=given) if is_person else Name(text)
    words = _TITLES.sub("", text).split()
    particle = next((place for place, word in enumerate(words) if place and word.lower() in _PARTICLES), len(words) - 1)
    before, behind = words[:particle], " ".join(words[particle:])
    initials = all(_INITIAL.fullmatch(word) for word in before[1:])
    is_person = bool(before) and initials and _all_names(" ".join(before)) and _is_family(behind)
    return Name(family=behind, given=" ".join(before)) if is_person else Name(text)


def is_organisation(text: str) -> bool:
    """Tell whether a name is surely none of a person: it says so ("Institut", "GmbH"), is an abbreviation, or has signs."""
    letters = [character for character in text if character.isalpha()]
    return (
        bool(_ORGANISATIONS.search(text))
        or not letters
        or all(map(str.isupper, letters))
        or bool(re.search(r"[\d@&/()]|e\. ?V\.", text))
    )


def _is_family(text: str) -> bool:
    """Tell whether `text` is one word of a name, with particles before it at most."""
    *particles, last = text.split() or [""]
    is_name = bool(_NAME.fullmatch(last)) and last[0].isupper() and not last.endswith(".")
    return is_name and all(word.lower() in _PARTICLES for word in particles)


def _all_names(text: str) -> bool:
    words = text.split()
    return all((_NAME.fullmatch(word) or _INITIAL.fullmatch(word)) and word[0].isupper() for word in words)
