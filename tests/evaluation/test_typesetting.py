"""The known texts, what the engines are told to set, and what they tell about it; the engine from the registry really sets."""

from __future__ import annotations

from functools import reduce
from operator import add
from pathlib import Path

import pytest

from evaluation.extraction.__main__ import generate, score_folder
from evaluation.typesetting import latex, paged_html, typst_pages
from evaluation.typesetting.layouts import LAYOUTS, Layout, Part, Sheet, Typeset, floats, plan, read_truth, roman, write_truth
from evaluation.typesetting.samples import TEXTS, UNSEEN, Ink, Item, Kind, Run, Sample, parse_runs, parse_sample, read_samples

SOURCE = """titel: 100 % digital
untertitel: Was geht & was nicht
kopf: Reihe_A
fuss: Entwurf
nummeriert: ja
---
# Vorwort {vorspann}

Dank an alle.

# Lage

Der *KMU-Bereich* wächst.^[Vgl. § 3 Abs. 1.]

- eins
- zwei

+ erstens
+ zweitens

## Tiefe

Tabelle: Betriebe
| Jahr | Zahl |
| 2024 | 17 |

# Schluss
"""


@pytest.fixture
def sample() -> Sample:
    return parse_sample("probe", SOURCE)


def look(name: str) -> Layout:
    return next(layout for layout in LAYOUTS if layout.name == name)


def test_the_neutral_form_gives_items_with_the_numbers_that_engines_print(sample: Sample):
    assert [(item.kind.value, item.text) for item in sample.items] == [
        ("heading", "Vorwort"),
        ("paragraph", "Dank an alle."),
        ("heading", "1 Lage"),
        ("paragraph", "Der KMU-Bereich wächst."),
        ("list_item", "eins"),
        ("list_item", "zwei"),
        ("list_item", "1. erstens"),
        ("list_item", "2. zweitens"),
        ("heading", "1.1 Tiefe"),
        ("caption", "Tabelle 1: Betriebe"),
        ("table", "Jahr Zahl\n2024 17"),
        ("heading", "2 Schluss"),
    ]
    assert sample.items[3].notes == ("Vgl. § 3 Abs. 1.",)
    assert [item.in_front for item in sample.items[:3]] == [True, True, False]
    assert [item.level for item in sample.items if item.kind is Kind.HEADING] == [1, 1, 2, 1]


def test_runs_part_bold_letters_and_footnotes_and_keep_lone_marks():
    assert parse_runs("a *b*^[c] 5 * 3") == (
        Run(Ink.PLAIN, "a "),
        Run(Ink.BOLD, "b"),
        Run(Ink.NOTE, "c"),
        Run(Ink.PLAIN, " 5 * 3"),
    )


def test_the_known_texts_have_what_makes_extraction_hard():
    samples = read_samples()
    assert len(samples) >= 6
    kinds = {item.kind for sample in samples for item in sample.items}
    assert kinds == set(Kind) - {Kind.FOOTNOTE}
    assert all(any(item.notes for item in sample.items) for sample in samples)
    assert all(any(item.in_front for item in sample.items) for sample in samples)
    text = "\n".join(item.text for sample in samples for item in sample.items)
    for needed in ("Förder- und Beratungsangebote", "IT-Sicherheit", "KMU-Bereich", "„", "–", "ffl", "fi", "ß"):
        assert needed in text
    assert not any(mark in text for mark in ("^[", "{vorspann}", "*"))


def test_the_texts_kept_back_are_others():
    known, kept = read_samples(TEXTS), read_samples(UNSEEN)
    assert len(kept) >= 6
    assert {sample.name for sample in known} & {sample.name for sample in kept} == set()
    opening = {item.text for sample in known for item in sample.items if item.kind is Kind.PARAGRAPH}
    assert not any(item.text in opening for sample in kept for item in sample.items)


@pytest.mark.parametrize("texts", [TEXTS, UNSEEN])
def test_no_word_of_a_running_header_stands_in_its_text(texts: Path):
    for sample, layout in plan(read_samples(texts)):
        made = Typeset(Path("x.pdf"), "x", sample, layout, (), {})
        assert made.furniture
        words = {word.strip(".,:;") for item in sample.items for word in item.text.split()}
        assert made.furniture & words == set()


def test_every_text_is_set_in_one_and_in_two_columns_and_every_look_is_used():
    samples = read_samples()
    pairs = plan(samples)
    assert {layout for _, layout in pairs} == set(LAYOUTS)
    assert all(sorted(layout.columns for s, layout in pairs if s is sample) == [1, 2] for sample in samples)


def test_only_wide_tables_in_two_columns_float(sample: Sample):
    wide = Item(Kind.TABLE, rows=(("a", "b", "c", "d"),))
    assert floats(wide, look("studie"))
    assert not floats(wide, look("leitfaden"))
    assert not floats(sample.items[10], look("studie"))


def test_roman_numbers():
    assert [roman(number) for number in (1, 2, 4, 9, 10, 14, 39)] == ["i", "ii", "iv", "ix", "x", "xiv", "xxxix"]


def test_tex_gets_its_own_characters_escaped(sample: Sample):
    source = latex.write_source(sample, look("studie"))
    assert r"100 \% digital" in source
    assert r"Was geht \& was nicht" in source
    assert r"\fancyhead[L]{Reihe\_A}" in source
    assert r"\textbf{KMU-Bereich} wächst.\footnote{Vgl. § 3 Abs. 1.}" in source
    assert "twocolumn" in source
    assert source.count(r"\begin{itemize}") == source.count(r"\end{enumerate}") == 1
    assert source.index("Dank an alle") < source.index(r"\pagenumbering{arabic}") < source.index(r"\section[Lage]")


def test_html_gets_its_own_characters_escaped_and_lists_closed(sample: Sample):
    source = paged_html.write_source(sample, look("leitfaden"))
    assert "Was geht &amp; was nicht" in source
    assert source.count("<ul>") == source.count("</ul>") == source.count("<ol>") == source.count("</ol>") == 1
    assert '<h2 id="i8">1.1 Tiefe</h2>' in source


def test_what_tex_writes_at_shipout_becomes_the_truth(sample: Sample):
    written = "title 1 i\ncontents 2 ii\npage 2 ii\ni0 3 iii\npage 3 iii\ni2 4 1\ni3 4 1\npage 4 1\ni8 5 2\npage 5 2\n"
    made = latex.read_places(written, sample, look("studie"), Path("x.pdf"))
    assert [sheet.label for sheet in made.sheets] == ["i", "ii", "iii", "1", "2"]
    assert [sheet.part for sheet in made.sheets] == [Part.TITLE, Part.CONTENTS, Part.TEXT, Part.TEXT, Part.TEXT]
    assert made.starts == {0: 3, 2: 4, 3: 4, 8: 5}
    assert [sheet.is_printed for sheet in made.sheets] == [False, True, True, True, True]


def test_anchors_of_pages_become_the_truth(sample: Sample):
    pages = [set(), {"anfang"}, {"vorspann", "i0"}, {"haupt", "i2"}, {"i3", "i8"}]
    made = paged_html.read_anchors(pages, sample, look("studie"), Path("x.pdf"))
    assert [sheet.label for sheet in made.sheets] == ["i", "ii", "iii", "1", "2"]
    assert made.starts == {0: 3, 2: 4, 3: 5, 8: 5}


def test_marks_of_typst_become_the_truth(sample: Sample):
    marks = [("title", 1, "i"), ("contents", 2, "ii"), ("page", 2, "ii"), ("page", 3, "iii"), ("page", 4, "1"), ("i3", 4, "1")]
    made = typst_pages.read_marks([*marks, ("i0", 3, None)], sample, look("studie"), Path("x.pdf"))
    assert made.sheets[2:] == (Sheet(Part.TEXT, "iii", True), Sheet(Part.TEXT, "1", True))
    assert made.starts == {3: 4, 0: 3}


def test_the_truth_survives_its_file(sample: Sample, tmp_path: Path):
    made = Typeset(tmp_path / "probe.pdf", "LaTeX", sample, look("studie"), (Sheet(Part.TEXT, "iv", True),), {0: 1})
    write_truth(made)
    assert read_truth(tmp_path / "probe.json", {"probe": sample}) == made


@pytest.fixture(scope="module")
def typeset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All known texts, set by the engine that is always there."""
    folder = tmp_path_factory.mktemp("gesetzt")
    generate(folder, ["typst"])
    return folder


MOST_WORD_ERRORS = 0.005  # the bounds wanted; reached: 0.0003 and 1 (docs/decisions/0008)
LEAST_ORDER = 0.98


def test_known_texts_are_read_back_within_the_bounds(typeset: Path):
    scored = score_folder(typeset)
    assert len(scored) == 12
    total = reduce(add, (found for _, found in scored.values()))
    told = "\n".join(f"{name}: {failure}" for name, (_, found) in scored.items() for failure in found.failures)
    assert total.word_error_rate <= MOST_WORD_ERRORS, told
    assert total.order_share >= LEAST_ORDER, told
    assert total.leaks == 0, told
    assert total.headings.f1 >= 0.95, told
    assert total.label_share == 1, told
