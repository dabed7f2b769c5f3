"""The page `docs/quality.md`, wholly written from the reports of an evaluation, so that no figure in it is typed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from evaluation.honesty import Honesty, Share, wilson_interval
from evaluation.quality import channels_of
from evaluation.scoring import QualityReport
from evaluation.variants import CHANNELS, LEXICAL, PLAIN, RESCORING, SEMANTIC, SHIPPED, find_variant

OWN_SET = "corpus"  # this repository's documents and questions; its figures stay out of the mean over foreign sets
JSON_NAME, CHART_NAME, PAGE_NAME = "quality.json", "quality.svg", "quality.md"
REACHED = 0.05  # the level at which a difference is called more than chance

NAMES = {LEXICAL.name: "words", SEMANTIC.name: "meaning", PLAIN.name: "both, not rescored", SHIPPED.name: "**both (shipped)**"}
PART_NAMES = {RESCORING: "rescoring", "compounds": "parts of compounds", "synonyms": "synonyms", "exact_words": "exact words"}

START = f"""# Quality of the search

Written by `change-wissen evaluate … --write docs` from [{JSON_NAME}]({JSON_NAME}); change nothing by hand.

## What is measured

Every judged question is asked as a user would ask it, in a knowledge base that is built for the measurement by the
product's own reading, cutting and embedding. Documents are ranked by their best passage. nDCG@10 says how good the first
ten hits are (graded judgements, linear gain, 1 is ideal), MRR@10 how early the first useful one comes, recall how many of
all useful documents are among the first 10 and 100. In brackets: 95 % intervals over the questions (bootstrap, 2,000
draws).

*words* is the search by words alone, *meaning* by vectors alone; *both, not rescored* is their sum; *both (shipped)* is
what users get.

![nDCG@10 by channel, set and kind of question; all values are in the tables below]({CHART_NAME})
"""

REPRODUCE = """## How to reproduce

```sh
make setup
.venv/bin/change-wissen evaluate corpus SET… --ablation --write docs
```

`corpus` is the folder of this repository, each SET a folder in BEIR layout (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`).
The same command with `--runs FOLDER` writes TREC run files for other tools, with `--json` the report to the terminal. The tests
draw page and chart again from the JSON and compare them with what is committed.

`change-wissen evaluate --gate` measures `corpus` and fails when a figure falls below its floor in `evaluation/floors.toml`
or when the corpus is not the one the floors were measured on; `--renew-gate` pins them anew. `make test` runs the gate on
every fourth document.
"""

LIMITS = """## What the figures do not say

- The questions and judgements of `corpus` were written knowing the documents. They show whether a change helps or harms and
  which kinds of question are weak, not how satisfied users will be.
- Foreign sets whose questions are headings, or have one judged document each, count a good answer from elsewhere as wrong:
  differences between rankings mean more there than the height of a figure.
- An interval covers the choice of questions, not that of documents. Two intervals that overlap say little about a
  difference; the test of paired differences does.
- p values are not corrected for the number of comparisons: of twenty parts that do nothing, one will look useful.
- A document is right or wrong as a whole here. Whether the passage shown is the one that answers is not measured.
"""


def write_page(reports: Sequence[QualityReport]) -> str:
    """Return the page as Markdown; the same reports give the same text."""
    sections = [START, channels_section(reports), *(detail_sections(reports)), REPRODUCE, LIMITS]
    return "\n".join(sections)


def channels_section(reports: Sequence[QualityReport]) -> str:
    """Return the table of channels by set, and the mean over foreign sets where there are several."""
    rows = [
        (
            f"{report.set} ({count_documents(report)}{report.queries} questions)" if first else "",
            name_variant(name),
            f"{scores.ndcg_10:.3f} {bounds(scores.ci95)}",
            f"{scores.mrr_10:.3f}",
            f"{scores.recall_10:.3f}",
            f"{scores.recall_100:.3f}",
        )
        for report in reports
        for first, name, scores in (
            (position == 0, name, report.variants[name].overall) for position, name in enumerate(channels_of(report))
        )
    ]
    foreign = [report for report in reports if report.set != OWN_SET]
    means = [
        ("mean of the foreign sets", name_variant(variant.name), f"{fmean(values):.3f}", "", "", "")
        for variant in CHANNELS
        if len(foreign) > 1 and all(variant.name in report.variants for report in foreign)
        for values in ([report.variants[variant.name].overall.ndcg_10 for report in foreign],)
    ]
    table = markdown_table(("set", "search by", "nDCG@10", "MRR@10", "recall@10", "recall@100"), [*rows, *means])
    return f"## By channel and set\n\n{table}\n"


def detail_sections(reports: Sequence[QualityReport]) -> list[str]:
    """Return the sections about parts, kinds, twins and unanswerable questions that have something to say."""
    sections = []
    if rows := [row for report in reports for row in comparison_rows(report)]:
        table = markdown_table(("set", "shipped against", "nDCG@10 of it", "difference", "95 % interval", "p"), rows)
        sections.append(
            "## What each part adds\n\nThe shipped ranking against the channels and against itself with one part switched off. "
            "p: two-sided paired\nrandomization test over the questions (Smucker, Allan & Carterette 2007); bold: below "
            f"{REACHED}.\n\n{table}\n"
        )
    channels = [variant.name for variant in CHANNELS if any(variant.name in report.variants for report in reports)]
    if rows := [row for report in reports for row in kind_rows(report, channels)]:
        table = markdown_table(("set", "kind of question", "questions", *map(name_variant, channels)), rows)
        sections.append(f"## By kind of question\n\nnDCG@10.\n\n{table}\n")
    if rows := [row for report in reports for row in twin_rows(report)]:
        table = markdown_table(("set", "kind", "questions", "nDCG@10", "clean twins", "difference", "95 % interval"), rows)
        sections.append(f"## The same question, written otherwise\n\n{table}\n")
    if told := [(report.set, report.honesty) for report in reports if report.honesty]:
        columns = ("set", "AUROC of the best hit's relevance", "answerable, told “nothing fits”", "unanswerable, told so")
        table = markdown_table(columns, [honesty_row(name, honesty) for name, honesty in told])
        sections.append(f"## What it does not know\n\n{table}\n")
    return sections


def comparison_rows(report: QualityReport) -> Iterable[tuple[str, ...]]:
    """Yield one row per variant that the shipped ranking is held against."""
    for each in report.comparisons:
        p = "< 0.001" if each.p < 0.001 else f"{each.p:.3f}"
        ndcg = f"{report.variants[each.other].overall.ndcg_10:.3f}"
        difference = f"{each.difference:+.3f}"
        ci95 = f"{each.ci95[0]:+.3f} to {each.ci95[1]:+.3f}"
        yield report.set, name_variant(each.other), ndcg, difference, ci95, f"**{p}**" if each.p < REACHED else p


def kind_rows(report: QualityReport, channels: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Yield one row per kind with a value per channel, a dash for one that was not measured on this set."""
    measured = channels_of(report)
    for kind, counted in report.variants[measured[-1]].kinds.items():
        values = (f"{report.variants[name].kinds[kind].ndcg_10:.3f}" if name in measured else "–" for name in channels)
        yield report.set, kind, str(counted.queries), *values


def twin_rows(report: QualityReport) -> Iterable[tuple[str, ...]]:
    """Yield one row per kind with twins."""
    for gap in report.twins:
        values = f"{gap.ndcg_10:.3f}", f"{gap.twins_ndcg_10:.3f}", f"{gap.ndcg_10 - gap.twins_ndcg_10:+.3f}"
        yield report.set, gap.kind, str(gap.queries), *values, f"{gap.ci95[0]:+.3f} to {gap.ci95[1]:+.3f}"


def honesty_row(name: str, honesty: Honesty) -> tuple[str, ...]:
    """Return the row of one set."""
    return name, f"{honesty.auroc:.3f}", share(honesty.lost), share(honesty.told)


def name_variant(name: str) -> str:
    """Return a variant's English name."""
    off = find_variant(name).off or ""
    return NAMES.get(name) or f"both, without {PART_NAMES.get(off, off)}"


def count_documents(report: QualityReport) -> str:
    """Return the number of documents as the beginning of a list, empty if nobody counted them."""
    return "" if report.documents is None else f"{report.documents} documents, "


def share(part: Share) -> str:
    """Return count, share and Wilson interval."""
    low, high = wilson_interval(part)
    return f"{part.count} of {part.of}: {part.value:.1%} [{low:.1%}, {high:.1%}]"


def bounds(ci95: tuple[float, float]) -> str:
    """Return an interval in brackets."""
    return f"[{ci95[0]:.3f}, {ci95[1]:.3f}]"


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a bar inside a cell is escaped."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
