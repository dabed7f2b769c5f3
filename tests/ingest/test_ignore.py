from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ignore import is_ignored, parse_rules

RULES = """
# Entwürfe bleiben draußen
*.bak
entwurf-?.txt
/nur-hier.txt
alt/
doku/**/intern.md
bild[0-9].txt
!wichtig.bak
"""


@pytest.mark.parametrize(
    ("path", "is_folder", "expected"),
    [
        ("a.bak", False, True),
        ("tief/unten/a.bak", False, True),
        ("wichtig.bak", False, False),
        ("entwurf-1.txt", False, True),
        ("entwurf-12.txt", False, False),
        ("nur-hier.txt", False, True),
        ("tief/nur-hier.txt", False, False),
        ("alt", True, True),
        ("alt", False, False),
        ("doku/intern.md", False, True),
        ("doku/a/b/intern.md", False, True),
        ("bild3.txt", False, True),
        ("bildX.txt", False, False),
    ],
)
def test_rules_follow_gitignore(path: str, is_folder: bool, expected: bool) -> None:
    assert is_ignored(path, is_folder, parse_rules(RULES)) is expected


@pytest.mark.parametrize("line", ["entwurf[z-a].txt", "entwurf[!].txt"])
def test_a_class_that_means_nothing_is_plain_text(line: str) -> None:
    rules = parse_rules(f"{line}\n*.bak")
    assert is_ignored(line, False, rules)
    assert not is_ignored("entwurfz.txt", False, rules)
    assert is_ignored("a.bak", False, rules)


@given(st.text("[]!^-az\\*&~|", max_size=12), st.text("az[]-", min_size=1, max_size=5))
def test_any_brackets_are_a_rule(text: str, path: str) -> None:
    assert is_ignored(path, False, parse_rules(text)) in (True, False)


@given(st.text(max_size=40), st.text("ab/.", min_size=1, max_size=10))
def test_any_text_is_a_file_of_rules(text: str, path: str) -> None:
    assert is_ignored(path, False, parse_rules(text)) in (True, False)
