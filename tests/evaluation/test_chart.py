"""The chart: what it says in words, where the bars end, and that it stands alone."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from evaluation.chart import BARS_LEFT, BARS_WIDTH, WIDTH, draw_chart
from evaluation.scoring import VariantQuality
from tests.evaluation.small_report import small_report

SVG = "{http://www.w3.org/2000/svg}"
SCALE = ["0,0", "0,2", "0,4", "0,6", "0,8", "1,0"]


def drawn() -> ET.Element:
    return ET.fromstring(draw_chart([small_report()]))


def words(chart: ET.Element) -> list[str]:
    return [text.text or "" for text in chart.iter(f"{SVG}text")]


def test_the_chart_reads_from_top_to_bottom():
    assert words(drawn()) == [
        "nDCG@10 nach Suchart und Satz",
        *SCALE,
        "klein & fein (3 Fragen)",
        *("Wörter", "0,333 (0,000–1,000)"),
        *("Bedeutung", "0,775 (0,631–1,000)"),
        *("beides, ohne Nachsortieren", "0,769 (0,387–1,000)"),
        *("beides", "0,973 (0,920–1,000)"),
        "nDCG@10 nach Suchart und Art der Frage: klein & fein",
        *SCALE,
        "stichwort (2 Fragen)",
        *("Wörter", "0,500 (0,000–1,000)"),
        *("Bedeutung", "0,815 (0,631–1,000)"),
        *("beides, ohne Nachsortieren", "0,960 (0,920–1,000)"),
        *("beides", "1,000 (1,000–1,000)"),
        "tippfehler (1 Frage)",
        *("Wörter", "0,000 (0,000–0,000)"),
        *("Bedeutung", "0,693 (0,693–0,693)"),
        *("beides, ohne Nachsortieren", "0,387 (0,387–0,387)"),
        *("beides", "0,920 (0,920–0,920)"),
    ]


def test_who_does_not_see_it_is_told_the_figures():
    chart = drawn()
    assert chart.get("role") == "img"
    names = {element.get("id"): element.text for element in chart if element.get("id")}
    assert chart.get("aria-labelledby") == " ".join(names)
    assert names["titel"] == "Güte der Suche: nDCG@10 nach Suchart, Satz und Art der Frage"
    assert "klein & fein: Wörter 0,333; Bedeutung 0,775; beides, ohne Nachsortieren 0,769; beides 0,973." in str(
        names["beschreibung"]
    )


def test_bars_are_as_long_as_their_values_and_whiskers_reach_from_bound_to_bound():
    chart = drawn()
    bars = [float(bar.get("width", "")) for bar in chart.iter(f"{SVG}rect") if "balken" in bar.get("class", "")]
    assert bars[:4] == [126.7, 294.4, 292.2, 369.8]  # 380 pixels are 1
    assert {bar.get("x") for bar in chart.iter(f"{SVG}rect") if bar.get("class") != "grund"} == {f"{float(BARS_LEFT)}"}
    whisker = next(path.get("d", "") for path in chart.iter(f"{SVG}path"))
    assert whisker.startswith(f"M{float(BARS_LEFT)} ")
    assert f"H{float(BARS_LEFT + BARS_WIDTH)}M" in whisker


def test_the_shipped_ranking_is_told_apart_by_more_than_colour():
    bold = [text.text for text in drawn().iter(f"{SVG}text") if text.get("class") == "auslieferung"]
    assert bold == ["beides", "0,973 (0,920–1,000)", "beides", "1,000 (1,000–1,000)", "beides", "0,920 (0,920–0,920)"]


def test_nothing_leaves_the_drawing_and_nothing_is_fetched():
    source = draw_chart([small_report()])
    chart = ET.fromstring(source)
    height = float(chart.get("height", ""))
    assert chart.get("viewBox") == f"0 0 {WIDTH} {height:.0f}"
    assert all(0 < float(text.get("y", "")) < height for text in chart.iter(f"{SVG}text"))
    assert source.count("http") == 1  # the name space
    assert "url(" not in source
    assert "prefers-color-scheme: dark" in source


def test_the_same_figures_give_the_same_bytes():
    assert draw_chart([small_report()]) == draw_chart([small_report()])


def test_a_set_without_kinds_has_no_section_of_kinds_and_odd_names_stay_xml():
    report = small_report()
    bare = {name: VariantQuality(quality.overall, {}) for name, quality in report.variants.items()}
    chart = ET.fromstring(draw_chart([replace(report, set="<a>\x07", variants=bare), report]))
    titles = [text.text for text in chart.iter(f"{SVG}text") if text.get("class") == "titel"]
    assert titles == ["nDCG@10 nach Suchart und Satz", "nDCG@10 nach Suchart und Art der Frage: klein & fein"]
    assert "<a>\ufffd (3 Fragen)" in words(chart)
