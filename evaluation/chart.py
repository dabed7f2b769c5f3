"""A chart of nDCG@10 by channel, set and kind of query: plain SVG, German, the same bytes for the same figures.

Every bar carries its name and its value as text, so colour says nothing that is not written too; whiskers are the 95 %
intervals. The style sheet follows the reader's light or dark scheme, and the drawing brings its own ground.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from evaluation.quality import channels_of, count_queries, decimal
from evaluation.scoring import QualityReport, Scores
from evaluation.variants import SHIPPED, find_variant

# Pixels.
WIDTH = 800
BARS_LEFT = 220  # names of the channels stand left of it
BARS_WIDTH = 380  # of the value 1
LINE = 20
BAR = 12
MARGIN = 16
SECTION = 64  # height of a section's title and scale
GROUP = 28  # height of a group's name

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
TITLE = "Güte der Suche: nDCG@10 nach Suchart, Satz und Art der Frage"
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
# Contrast against the ground, light / dark: text 15 and 14, edges of bars 5.1 and 4.6 to 1; WCAG 2.2 asks 4.5 and 3.
STYLE = """
.grund { fill: #ffffff }
text { fill: #1f2328; font: 13px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif }
.titel { font-size: 16px; font-weight: 600 }
.gruppe, .auslieferung { font-weight: 600 }
.gruppe { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round }
.skala { font-size: 11px }
.gitter { stroke: #8c959f; stroke-width: 0.5 }
.balken { fill: #d8dee4; stroke: #6e7781 }
.balken.voll { fill: #8ec1f5; stroke: #0a5dc2 }
.bereich { stroke: #1f2328; stroke-width: 1.5; fill: none }
@media (prefers-color-scheme: dark) {
.grund { fill: #0d1117 }
text { fill: #e6edf3 }
.gruppe { stroke: #0d1117 }
.gitter { stroke: #6e7681 }
.balken { fill: #30363d; stroke: #7d8590 }
.balken.voll { fill: #1f4f8f; stroke: #58a6ff }
.bereich { stroke: #e6edf3 }
}
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Bars under one name."""

    name: str
    bars: tuple[tuple[str, Scores], ...]  # (name of the channel's variant, its scores)


@dataclass(frozen=True, slots=True)
class Section:
    """Groups under one title, with a scale of their own."""

    title: str
    groups: tuple[Group, ...]

    @property
    def height(self) -> int:
        """In pixels."""
        return SECTION + sum(GROUP + LINE * len(group.bars) for group in self.groups)


def draw_chart(reports: Sequence[QualityReport]) -> str:
    """Return an SVG file: a section with every set, then one for each set that has kinds of queries."""
    sections = [sets_section(reports), *(kinds_section(report) for report in reports if has_kinds(report))]
    height = MARGIN + sum(section.height for section in sections) + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' role="img" aria-labelledby="titel beschreibung" xml:lang="de">',
        f'<title id="titel">{TITLE}</title>',
        f'<desc id="beschreibung">{written(describe(reports))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="grund" width="{WIDTH}" height="{height}"/>',
    ]
    top = MARGIN
    for section in sections:
        lines += draw_section(section, top)
        top += section.height
    return "\n".join([*lines, "</svg>", ""])


def sets_section(reports: Sequence[QualityReport]) -> Section:
    """Return one group per set."""
    groups = [
        Group(
            f"{report.set} ({count_queries(report.queries)})",
            tuple((name, report.variants[name].overall) for name in channels_of(report)),
        )
        for report in reports
    ]
    return Section("nDCG@10 nach Suchart und Satz", tuple(groups))


def kinds_section(report: QualityReport) -> Section:
    """Return one group per kind of query."""
    channels = channels_of(report)
    groups = [
        Group(
            f"{kind} ({count_queries(scores.queries)})", tuple((name, report.variants[name].kinds[kind]) for name in channels)
        )
        for kind, scores in report.variants[channels[-1]].kinds.items()
    ]
    return Section(f"nDCG@10 nach Suchart und Art der Frage: {report.set}", tuple(groups))


def has_kinds(report: QualityReport) -> bool:
    """Tell whether the queries of a set have kinds."""
    return any(report.variants[name].kinds for name in channels_of(report))


def describe(reports: Sequence[QualityReport]) -> str:
    """Return what the chart shows as sentences, for those who do not see it."""
    sentences = ["Waagerechte Balken von 0 bis 1, länger ist besser; die Striche sind 95-%-Vertrauensbereiche."]
    for report in reports:
        values = (
            f"{find_variant(name).label} {decimal(report.variants[name].overall.ndcg_10)}" for name in channels_of(report)
        )
        sentences.append(f"{report.set}: {'; '.join(values)}.")
    return " ".join(sentences)


def draw_section(section: Section, top: int) -> list[str]:
    """Return the elements of one section whose upper edge is at `top`."""
    bottom = top + section.height - LINE // 2
    scale = top + SECTION - 14
    lines = [f'<text class="titel" x="{MARGIN}" y="{top + 22}">{written(section.title)}</text>']
    for tick in TICKS:
        x = x_of(tick)
        lines.append(f'<line class="gitter" x1="{x}" y1="{scale + 6}" x2="{x}" y2="{bottom}"/>')
        label = f"{tick:.1f}".replace(".", ",")
        lines.append(f'<text class="skala" x="{x}" y="{scale}" text-anchor="middle">{label}</text>')
    top += SECTION
    for group in section.groups:
        lines.append(f'<text class="gruppe" x="{MARGIN}" y="{top + 12}">{written(group.name)}</text>')
        top += GROUP
        for position, (name, scores) in enumerate(group.bars):
            lines += draw_bar(name, scores, top + position * LINE)
        top += LINE * len(group.bars)
    return lines


def draw_bar(name: str, scores: Scores, top: int) -> list[str]:
    """Return name, bar, whisker and value of one channel in the line whose upper edge is at `top`."""
    shipped = name == SHIPPED.name
    middle = top + 1
    low, high = (x_of(bound) for bound in scores.ci95)
    value = f"{decimal(scores.ndcg_10)} ({decimal(scores.ci95[0])}–{decimal(scores.ci95[1])})"
    weight = ' class="auslieferung"' if shipped else ""
    bar = "balken voll" if shipped else "balken"
    width = round(scores.ndcg_10 * BARS_WIDTH, 1)
    return [
        f'<text{weight} x="{BARS_LEFT - 10}" y="{middle + 4}" text-anchor="end">{written(find_variant(name).label)}</text>',
        f'<rect class="{bar}" x="{x_of(0.0)}" y="{middle - BAR // 2}" width="{width}" height="{BAR}"/>',
        f'<path class="bereich" d="M{low} {middle - 4}v8M{low} {middle}H{high}M{high} {middle - 4}v8"/>',
        f'<text{weight} x="{x_of(1.0) + 12}" y="{middle + 4}">{value}</text>',
    ]


def written(text: str) -> str:
    """Return text as XML writes it; characters that XML cannot hold become the replacement character."""
    return escape(_NOT_XML.sub("\ufffd", text))


def x_of(value: float) -> float:
    """Return where a value of 0..1 stands."""
    return round(BARS_LEFT + value * BARS_WIDTH, 1)
