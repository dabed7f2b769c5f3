"""The gate: floors held and broken worked by hand, the digest of a set, and the file that is written and read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.gate import (
    Figure,
    SetFloors,
    check_set,
    digest_files,
    gate_table,
    join_verdicts,
    lower,
    pin_floors,
    read_floors,
    write_floors,
)
from evaluation.scoring import QualityReport
from search_service.errors import InvalidJudgements
from tests.evaluation.small_report import small_report

GOLDEN = """
["klein & fein"]
digest = "d1"

["klein & fein".lexical]
"ndcg@10" = 0.210
"recall@10" = 0.210

["klein & fein".semantic]
"ndcg@10" = 0.651
"recall@10" = 0.876

["klein & fein".hybrid]
"ndcg@10" = 0.850
"recall@10" = 0.876
"ndcg@10 stichwort" = 0.815
"ndcg@10 tippfehler" = 0.550
auroc = 0.000
kept = 0.666
told = 0.000
"""


def worse(report: QualityReport, by: float) -> QualityReport:
    """The same report with a lower nDCG@10 of the shipped ranking."""
    shipped = report.variants["hybrid"]
    overall = replace(shipped.overall, ndcg_10=shipped.overall.ndcg_10 - by)
    return replace(report, variants=report.variants | {"hybrid": replace(shipped, overall=overall)})


def test_what_was_measured_passes_the_floors_pinned_from_it():
    verdict = check_set(small_report(), "d1", pin_floors(small_report(), "d1"))
    assert verdict.complaints == ()
    assert len(verdict.checks) == 11
    assert all(check.holds for check in verdict.checks)


def test_a_broken_floor_is_named_beside_the_figure():
    pinned = pin_floors(small_report(), "d1")
    verdict = check_set(worse(small_report(), 0.2), "d1", pinned)
    assert verdict.complaints == (
        "Im Satz „klein & fein“ liegt nDCG@10 (Suche nach: beides) mit 0,773 unter der Untergrenze 0,850.",
    )
    row = next(row for row in gate_table(verdict).rows if row[-1] == "VERFEHLT")
    assert row == ("klein & fein", "beides", "nDCG@10", "alle", "0,773", "0,850", "VERFEHLT")


def test_a_kind_and_the_honesty_have_floors_of_their_own():
    pinned = SetFloors("d1", {"hybrid": {"ndcg@10 tippfehler": 0.95, "told": 1.0, "kept": 1.0, "auroc": 1.0}})
    (complaint,) = check_set(small_report(), "d1", pinned).complaints
    assert complaint == (
        "Im Satz „klein & fein“ liegt nDCG@10 der Art „tippfehler“ (Suche nach: beides) mit 0,920 unter der Untergrenze 0,950."
    )


def test_a_figure_that_rounds_to_its_floor_is_told_with_more_decimals():
    pinned = SetFloors("d1", {"lexical": {"ndcg@10": 0.33334}})
    (complaint,) = check_set(small_report(), "d1", pinned).complaints
    assert "mit 0,33333 unter der Untergrenze 0,33334" in complaint


def test_a_changed_set_is_not_judged_and_the_cure_is_named():
    verdict = check_set(small_report(), "d2", pin_floors(small_report(), "d1"))
    assert verdict.checks == ()
    assert "Dokumente, Fragen oder Bewertungen sind andere" in verdict.complaints[0]
    assert "--renew-gate" in verdict.complaints[0]


def test_a_set_without_floors_does_not_pass():
    assert "keine Untergrenzen festgelegt" in check_set(small_report(), "d1", None).complaints[0]


def test_a_channel_that_was_not_measured_is_left_out_but_not_all_of_them():
    pinned = pin_floors(small_report(), "d1")
    only_words = replace(small_report(), variants={"lexical": small_report().variants["lexical"]}, honesty=None)
    assert {check.variant for check in check_set(only_words, "d1", pinned).checks} == {"lexical"}
    nothing = check_set(only_words, "d1", SetFloors("d1", {"hybrid": {"ndcg@10": 0.5}}))
    assert "nichts gemessen" in nothing.complaints[0]


def test_a_figure_that_vanished_from_a_measured_channel_does_not_pass():
    (complaint,) = check_set(replace(small_report(), honesty=None), "d1", SetFloors("d1", {"hybrid": {"told": 0.5}})).complaints
    assert "wurde Anteil erkannter Fragen ohne Antwort (Suche nach: beides) nicht gemessen" in complaint


def test_verdicts_of_several_sets_are_one():
    good = check_set(small_report(), "d1", pin_floors(small_report(), "d1"))
    both = join_verdicts([good, check_set(small_report(), "d1", None)])
    assert (len(both.checks), len(both.complaints)) == (11, 1)


def test_the_room_below_a_figure_is_one_query_or_a_hundredth():
    assert lower(Figure(0.85, 0.369 / 195)) == 0.84
    assert lower(Figure(0.85, 0.369 / 10)) == 0.813
    assert lower(Figure(0.30, 0.01)) == 0.29
    assert lower(Figure(0.1, 0.5)) == 0.0


def test_a_floors_file_reads_as_it_is_meant_to(tmp_path):
    pinned = {"klein & fein": pin_floors(small_report(), "d1")}
    text = write_floors(pinned)
    assert text[text.index('\n["') :] == GOLDEN
    (tmp_path / "floors.toml").write_text(text, "utf-8")
    assert read_floors(tmp_path / "floors.toml") == pinned


names = st.text(st.characters(codec="utf-8"), max_size=6)
floors = st.dictionaries(names.filter(lambda name: name != "digest"), st.integers(0, 1000).map(lambda floor: floor / 1000))


@given(st.dictionaries(names, st.dictionaries(st.sampled_from(["lexical", "hybrid"]), floors), max_size=3))
def test_whatever_sets_and_kinds_are_called_is_read_back(tmp_path_factory, figures):
    path = tmp_path_factory.getbasetemp() / "floors.toml"
    pinned = {name: SetFloors("abc", channels) for name, channels in figures.items()}
    path.write_text(write_floors(pinned), "utf-8")
    assert read_floors(path) == pinned


def test_no_file_is_no_floors_and_a_damaged_one_is_refused(tmp_path):
    path = tmp_path / "floors.toml"
    assert read_floors(path) == {}
    for text in (
        "[corpus",
        "corpus = 3",
        "[corpus]\nx = 1",
        '[corpus]\ndigest = "a"\n[corpus.fuzzy]\nx = 1',
        "[corpus]\ndigest = 1",
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(InvalidJudgements, match="Bitte berichtigen"):
            read_floors(path)


def write_files(folder: Path, contents: dict[str, str]) -> dict[str, Path]:
    for name, content in contents.items():
        (folder / name).write_text(content, "utf-8")
    return {name: folder / name for name in contents}


def test_the_digest_knows_content_and_name_but_not_the_order(tmp_path):
    files = write_files(tmp_path, {"a.txt": "eins", "b.txt": "zwei"})
    digest = digest_files(files)
    assert len(digest) == 64
    assert digest_files(dict(reversed(files.items()))) == digest
    assert digest_files({"a.txt": files["a.txt"]}) != digest
    assert digest_files({"a.txt": files["a.txt"], "c.txt": files["b.txt"]}) != digest
    files["b.txt"].write_text("zwei.", "utf-8")
    assert digest_files(files) != digest
