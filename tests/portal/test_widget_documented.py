"""What the README says about the widget is what the file has, and the other way round."""

from __future__ import annotations

import re

from search_service.taxonomy import load_taxonomy
from tests.portal.widget_host import EXAMPLE, WIDGET, read_section

TEXT = WIDGET.read_text("utf-8")
SECTION = read_section()


def read_rows(beginning: str) -> dict[str, list[str]]:
    """Return the cells of the table whose head begins like that, by the name in their first."""
    table = SECTION.partition(f"\n| {beginning}")[2].partition("\n\n")[0]
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:])
    return {cells[0].strip("`"): cells[1:] for cells in rows}


def test_attributes_are_those_that_the_element_observes():
    (written,) = re.findall(r"^const ATTRIBUTES = \[(.*)\];$", TEXT, re.MULTILINE)
    rows = read_rows("Attribute")
    assert list(rows) == re.findall(r'"(\w+)"', written)
    assert re.findall(r"`(\w+)`", rows["sammlung"][0]) == list(load_taxonomy()["collection"])
    assert rows["treffer"][1] == re.findall(r"this\.treffer, 10\) \|\| (\d+)", TEXT)[0]


def test_custom_properties_are_told_with_their_defaults():
    of_two = re.findall(r"var\((--cw-[\w-]+), light-dark\((#\w+), (#\w+)\)\)", TEXT)
    of_one = re.findall(r"var\((--cw-[\w-]+), (\w+)\)", TEXT)
    written = {name: (light, dark) for name, light, dark in of_two} | {name: (value, value) for name, value in of_one}
    assert len(written) == len(set(re.findall(r"--cw-[\w-]+", TEXT)))
    told = {name: tuple(cell.strip("`") for cell in cells[1:]) for name, cells in read_rows("Property").items()}
    assert told == written
    assert set(re.findall(r"(--cw-[\w-]+):", (EXAMPLE / "beispiel.css").read_text("utf-8"))) <= set(written)


def test_parts_are_told():
    (told,) = re.findall(r"by `::part\(\)`: (.*?)\.\n", SECTION, re.DOTALL)
    written = set(re.findall(r'part: "(\w+)"', TEXT)) | set(re.findall(r"\(\?:(mark)\|(em)\)", TEXT)[0])
    assert set(re.findall(r"`(\w+)`", told)) == written


def test_events_and_what_they_tell_are_told():
    announced = re.findall(r'#announce\("(\w+)", \{ (.*?) \}\)', TEXT)
    written = {f"change-wissen-suche:{name}": [part.split(":")[0] for part in detail.split(", ")] for name, detail in announced}
    rows = read_rows("Event")
    assert {
        name: [word for word in re.findall(r"`(\w+)`", cells[0]) if word != "false"] for name, cells in rows.items()
    } == written
