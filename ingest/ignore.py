"""The rules of a `.ingestignore` file: the common part of gitignore's syntax, as pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass

IGNORE_FILE = ".ingestignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file."""

    pattern: re.Pattern[str]  # matched against the path relative to the folder of the ignore file, with "/"
    folders_only: bool
    includes: bool  # a line that starts with "!" takes back what an earlier line ignored


def parse_rules(text: str) -> list[Rule]:
    """Return the rules of an ignore file in their order; empty lines and comments give none.

    Understood: `*`, `?`, `[…]`, `**`, a leading `/` or a `/` in the middle (anchored to the folder), a trailing `/`
    (folders only), a leading `!` (taken back), `\\#` and `\\!`. A class that means nothing, as `[z-a]`, is plain text.
    """
    return [rule for line in text.splitlines() if (rule := _parse_rule(line)) is not None]


def is_ignored(relative: str, is_folder: bool, rules: list[Rule]) -> bool:
    """Tell whether the last rule that fits `relative` (with "/", without a leading one) ignores it."""
    ignored = False
    for rule in rules:
        if (is_folder or not rule.folders_only) and rule.pattern.fullmatch(relative):
            ignored = not rule.includes
    return ignored


def _parse_rule(line: str) -> Rule | None:
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    includes = line.startswith("!")
    line = line.removeprefix("!").removeprefix("\\")
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    anchored = "/" in line
    line = line.lstrip("/")
    if not line:
        return None
    return Rule(re.compile(("" if anchored else "(?:.*/)?") + _translate(line)), folders_only, includes)


def _translate(glob: str) -> str:
    parts: list[str] = []
    position = 0
    while position < len(glob):
        if glob.startswith("**/", position):
            parts.append("(?:.*/)?")
            position += 3
        elif glob.startswith("**", position):
            parts.append(".*")
            position += 2
        elif glob[position] == "*":
            parts.append("[^/]*")
            position += 1
        elif glob[position] == "?":
            parts.append("[^/]")
            position += 1
        elif glob[position] == "[" and (end := glob.find("]", position + 2)) > 0:
            letters = _translate_class(glob[position + 1 : end])
            parts.append(letters or re.escape("["))
            position = end + 1 if letters else position + 1
        else:
            parts.append(re.escape(glob[position]))
            position += 1
    return "".join(parts)


def _translate_class(inner: str) -> str | None:
    """Return the pattern of what stands between brackets, or None if it is no class of letters."""
    inner = re.sub(r"[\\[&|~]|(?<=-)-", r"\\\g<0>", inner)  # doubled, these are to mean set operations one day
    pattern = "[" + ("^" + inner[1:] if inner[0] in "!^" else inner) + "]"
    try:
        re.compile(pattern)
    except re.error:
        return None
    return pattern
