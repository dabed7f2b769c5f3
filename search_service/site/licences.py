"""Which licence a document's metadata names, as a link to its text where it is a Creative Commons licence. Pure."""

from __future__ import annotations

import re

# https://creativecommons.org/licenses/: the six licences of versions 1.0 to 4.0, and the dedication CC0. Version 3.0 has a
# German port. Only these names are linked: a link to the wrong text would be worse than none.
_NAME = re.compile(
    r"CC[ -]?BY(?P<parts>(?:-(?:NC|ND|SA)){0,2})[ -](?P<version>1\.0|2\.0|2\.5|3\.0|4\.0)(?P<port>[ -]?DE)?"
    r"(?:\s*(?:International|Deutschland))?",
    re.IGNORECASE,
)
_ZERO = re.compile(r"CC[ -]?0(?:[ -]1\.0)?(?:\s*Universal)?", re.IGNORECASE)
_ADDRESS = re.compile(
    r"https?://creativecommons\.org/(?P<path>(?:licenses/by(?:-nc)?(?:-nd|-sa)?/[1-4]\.[05](?:/de)?|publicdomain/zero/1\.0))"
    r"(?:/(?:deed|legalcode)(?:\.\w+)?)?/?"
)
_COMBINATIONS = ("", "-nc", "-nd", "-sa", "-nc-nd", "-nc-sa")


def link_licence(name: str) -> str | None:
    """Return the German summary of the licence called `name`; None unless it is surely one of Creative Commons."""
    name = name.strip()
    if found := _ADDRESS.fullmatch(name):
        return _deed(found["path"])
    if _ZERO.fullmatch(name):
        return _deed("publicdomain/zero/1.0")
    found = _NAME.fullmatch(name)
    if found is None or found["parts"].lower() not in _COMBINATIONS:
        return None
    port = "/de" if found["port"] and found["version"] in ("2.0", "3.0") else ""
    return _deed(f"licenses/by{found['parts'].lower()}/{found['version']}{port}")


def _deed(path: str) -> str:
    return f"https://creativecommons.org/{path}/deed.de"
