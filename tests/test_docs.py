"""The documentation says what is: commands, options, settings, files and links in it exist."""

import argparse
import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from change_wissen import build_parser
from ingest.report import State
from search_service.documents import Metadata
from search_service.settings import PREFIX, Settings
from search_service.taxonomy import load_taxonomy

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
HANDBOOK = (ROOT / "docs/handbuch.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "corpus/SOURCES.md"])


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the sub-commands of a parser by name."""
    choices = (action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(next(choices, {}))


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return the long options of a command and of its sub-commands."""
    own = {text for action in parser._actions for text in action.option_strings if text.startswith("--")} - {"--help"}
    return own.union(*map(options_of, commands_of(parser).values()))


def test_readme_leads_with_the_two_commands():
    first_commands = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)[:2]
    assert first_commands == ["make demo", "make test"]


@pytest.mark.parametrize("target", ["demo", "test", "corpus"])
def test_make_targets_named_in_the_readme_exist(target):
    assert f"make {target}" in README
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_readme_lists_every_command_with_options_that_exist():
    commands = commands_of(build_parser())
    listed = re.findall(r"^\| `change-wissen (\w+)([^`]*)` \|(.*)\|$", README, re.MULTILINE)
    assert sorted(name for name, _, _ in listed) == sorted(commands)
    for name, usage, description in listed:
        assert set(re.findall(r"--[a-z-]+", usage + description)) <= options_of(commands[name])


def test_readme_names_every_option_of_ingest_search_and_evaluate():
    commands = commands_of(build_parser())
    for name in ("ingest", "search", "evaluate"):
        line = next(line for line in README.splitlines() if line.startswith(f"| `change-wissen {name}"))
        assert options_of(commands[name]) <= set(re.findall(r"--[a-z-]+", line))


@pytest.mark.parametrize("text", [README, HANDBOOK], ids=["README", "handbook"])
def test_every_setting_is_described_and_no_other(text):
    known = {PREFIX + field.name.upper() for field in dataclasses.fields(Settings)}
    assert set(re.findall(rf"{PREFIX}[A-Z_]+\b", text)) == known


def test_commands_in_the_handbook_parse():
    commands = commands_of(build_parser())
    for line in re.findall(r"change-wissen ([a-z]+[^`„“\n]*)", HANDBOOK):
        name, *rest = line.split()
        assert name in commands, line
        assert {word for word in rest if word.startswith("--")} <= options_of(commands[name]), line


def test_handbook_explains_every_state_of_a_file():
    from change_wissen_output import _STATE_LABELS

    assert set(_STATE_LABELS) == set(State)
    assert all(f"| {label} |" in HANDBOOK for label in _STATE_LABELS.values())


def test_handbook_shows_every_metadata_field_with_allowed_values():
    import yaml

    block = re.search(r"```yaml\n(.*?)```", HANDBOOK, re.DOTALL)
    assert block
    example = yaml.safe_load(block.group(1))
    assert set(example) == {field.name for field in dataclasses.fields(Metadata)} - {"suggestions"}  # made, never stated
    taxonomy = load_taxonomy()
    for name in ("type", "collection"):
        line = next(line for line in block.group(1).splitlines() if line.startswith(f"{name}:"))
        assert line.split("# ")[1].split(", ") == list(taxonomy[name])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_changelog_has_an_entry_for_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
