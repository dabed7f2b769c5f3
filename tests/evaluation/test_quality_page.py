"""The page of figures: a golden table a person can read, and what is committed is what its JSON gives."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.chart import draw_chart
from evaluation.quality_json import read_reports, write_reports
from evaluation.quality_page import write_page
from evaluation.scoring import VariantQuality
from tests.evaluation.small_report import small_report

DOCS = Path(__file__).parents[2] / "docs"

GOLDEN = """\
## By channel and set

| set | search by | nDCG@10 | MRR@10 | recall@10 | recall@100 |
| --- | --- | --- | --- | --- | --- |
| klein & fein (4 documents, 3 questions) | words | 0.333 [0.000, 1.000] | 0.333 | 0.333 | 0.333 |
|  | meaning | 0.775 [0.631, 1.000] | 0.667 | 1.000 | 1.000 |
|  | both, not rescored | 0.769 [0.387, 1.000] | 0.833 | 0.833 | 0.833 |
|  | **both (shipped)** | 0.973 [0.920, 1.000] | 1.000 | 1.000 | 1.000 |

## What each part adds

The shipped ranking against the channels and against itself with one part switched off. p: two-sided paired
randomization test over the questions (Smucker, Allan & Carterette 2007); bold: below 0.05.

| set | shipped against | nDCG@10 of it | difference | 95 % interval | p |
| --- | --- | --- | --- | --- | --- |
| klein & fein | words | 0.333 | +0.640 | +0.000 to +1.000 | 0.500 |
| klein & fein | meaning | 0.775 | +0.198 | +0.000 to +0.369 | 0.500 |
| klein & fein | both, not rescored | 0.769 | +0.204 | +0.000 to +0.533 | 0.500 |

## By kind of question

nDCG@10.

| set | kind of question | questions | words | meaning | both, not rescored | **both (shipped)** |
| --- | --- | --- | --- | --- | --- | --- |
| klein & fein | stichwort | 2 | 0.500 | 0.815 | 0.960 | 1.000 |
| klein & fein | tippfehler | 1 | 0.000 | 0.693 | 0.387 | 0.920 |

## The same question, written otherwise

| set | kind | questions | nDCG@10 | clean twins | difference | 95 % interval |
| --- | --- | --- | --- | --- | --- | --- |
| klein & fein | tippfehler | 1 | 0.920 | 1.000 | -0.080 | -0.080 to -0.080 |

## What it does not know

| set | AUROC of the best hit's relevance | answerable, told “nothing fits” | unanswerable, told so |
| --- | --- | --- | --- |
| klein & fein | 1.000 | 0 of 3: 0.0% [0.0%, 56.1%] | 1 of 1: 100.0% [20.7%, 100.0%] |
"""


def test_the_tables_of_the_page():
    page = write_page([small_report()])
    assert page[page.index("## By channel") : page.index("\n## How to reproduce")] == GOLDEN


def test_a_channel_that_was_measured_on_one_set_only_leaves_a_dash_and_no_row_ragged():
    report = small_report()
    rest = {name: quality for name, quality in report.variants.items() if name != "semantic"}
    without_meaning = replace(report, set="anders", variants=rest, comparisons=())
    page = write_page([report, without_meaning])
    assert "| anders | tippfehler | 1 | 0.000 | – | 0.387 | 0.920 |" in page
    alone = write_page([without_meaning])
    assert "| anders | tippfehler | 1 | 0.000 | 0.387 | 0.920 |" in alone
    for text in (page, alone):
        for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
            assert len({line.count("|") for line in table.splitlines()}) == 1


def test_foreign_sets_have_a_mean_of_their_own():
    report = small_report()
    page = write_page([replace(report, set=name) for name in ("corpus", "eins", "zwei")])
    means = [line for line in page.splitlines() if line.startswith("| mean of the foreign sets")]
    assert means[-1] == "| mean of the foreign sets | **both (shipped)** | 0.973 |  |  |  |"
    assert len(means) == 4
    assert "mean of" not in write_page([report])


def test_what_was_not_measured_has_no_section():
    bare = {name: VariantQuality(quality.overall, {}) for name, quality in small_report().variants.items()}
    page = write_page([replace(small_report(), variants=bare, comparisons=(), twins=(), honesty=None)])
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert headings == ["What is measured", "By channel and set", "How to reproduce", "What the figures do not say"]


def test_a_bar_in_a_name_stays_inside_its_cell():
    assert "| a\\|b (4 documents" in write_page([replace(small_report(), set="a|b")])


@pytest.mark.parametrize("name", ["quality.json", "quality.svg", "quality.md"])
def test_what_is_committed_is_what_its_json_gives(name):
    reports = read_reports((DOCS / "quality.json").read_text("utf-8"))
    expected = {"quality.json": write_reports(reports), "quality.svg": draw_chart(reports), "quality.md": write_page(reports)}
    assert (DOCS / name).read_text("utf-8") == expected[name]


def test_the_committed_figures_cover_the_sample_corpus_in_every_channel():
    reports = {report.set: report for report in read_reports((DOCS / "quality.json").read_text("utf-8"))}
    assert {"lexical", "semantic", "hybrid"} <= reports["corpus"].variants.keys()
    assert reports["corpus"].queries >= 150
