"""What the commands say, and what they find in small folders of real files."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import pytest
import typst

from evaluation.extraction import __main__ as commands
from evaluation.extraction.__main__ import lay_out, main, score_table
from evaluation.extraction.files import (
    FileResult,
    FilesReport,
    Outcome,
    describe,
    files_table,
    read_folder,
    read_without_text,
    reasons_table,
)
from evaluation.extraction.scoring import Score
from evaluation.extraction.speed import SpeedReport, find_pdfs, measure_speed, speed_table
from evaluation.extraction.web_pages import match_chapter, pages_table, score_pages, split_chapters
from evaluation.quality import Table
from evaluation.typesetting import latex
from ingest.blocks import Block, BlockKind, Extraction
from ingest.confined import CRASHED
from ingest.limits import DEFAULT_LIMITS

SENTENCE = "Die Weiterbildungsbereitschaft der Belegschaften wächst, sobald der Betriebsrat die Auswahl mitträgt. "
MANIFEST = (
    "file\torigin\tlicence\tpages\tkind\tbytes\tinteresting\n"
    "scan.pdf\tx\tx\t1\tpdf\t1\tREAL SCAN | NO/LITTLE TEXT LAYER\n"
    "bild.JPG\tx\tx\t1\tjpg\t1\tgazette page\n"
    "text.pdf\tx\tx\t1\tpdf\t1\tumlauts\n"
)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder with a PDF, a text, and a PDF that is cut off."""
    folder = tmp_path / "documents" / "real"
    (folder / "a").mkdir(parents=True)
    (folder / "quelle.typ").write_text(f"= Lage\n\n{SENTENCE * 3}\n#pagebreak()\n{SENTENCE * 3}", "utf-8")
    typst.compile(str(folder / "quelle.typ"), output=str(folder / "a/text.pdf"))
    (folder / "quelle.typ").unlink()
    (folder / "a/rest.pdf").write_bytes((folder / "a/text.pdf").read_bytes()[:300])
    (folder / "notiz.txt").write_text(SENTENCE * 3, "utf-8")
    (folder / "MANIFEST.tsv").write_text(
        "file\tinteresting\na/text.pdf\tumlauts\na/rest.pdf\tbroken upload\nnotiz.txt\t\n", "utf-8"
    )
    return tmp_path


def result(name: str, outcome: Outcome = Outcome.READ, reason: str | None = None, seconds: float = 1.0) -> FileResult:
    return FileResult(name, outcome, reason, seconds, 2, {}, {}, None, ())


def test_the_manifest_tells_which_files_hold_no_text(tmp_path: Path):
    (tmp_path / "MANIFEST.tsv").write_text(MANIFEST, "utf-8")
    assert read_without_text(tmp_path) == {"scan.pdf", "bild.JPG"}
    assert read_without_text(tmp_path / "anderswo") == frozenset()


def test_the_share_counts_files_with_text_only():
    files = (result("a"), result("b", Outcome.UNREADABLE, CRASHED), result("scan", Outcome.EMPTY, "leer"))
    report = FilesReport(files, 40 * 2**20, 300 * 2**20, frozenset({"scan"}))
    assert report.read_share == 0.5
    assert report.crashes == 1
    told = lay_out(files_table(report))
    assert "Gelesen: 50,0 % der 2 Dateien mit Text (verlangt: 95 %)." in told
    assert "1 gelesen, 1 ohne Text, 1 nicht lesbar; Abstürze des Leseprozesses: 1." in told
    assert "40 MB im aufrufenden Prozess (erlaubt: 500 MB), 300 MB im Leseprozess" in told
    assert "scan" in lay_out(reasons_table(report))
    assert "leer" in lay_out(reasons_table(report))


def test_a_reading_is_described_by_blocks_and_labelled_pages():
    blocks = (
        Block(BlockKind.HEADING, "Lage", 1, 1, "iv", "print", 0.9),
        Block(BlockKind.PARAGRAPH, "Text", None, 1, "iv", "print", 0.9),
        Block(BlockKind.PARAGRAPH, "Text", None, 2, "v", "page_labels", 0.7),
        Block(BlockKind.PARAGRAPH, "Text", None, 3),
    )
    found = describe("a.pdf", Extraction("application/pdf", 3, blocks), 1.5)
    assert found.kinds == {"heading": 1, "paragraph": 3}
    assert found.labels == {"print": 1, "page_labels": 1}
    assert found.confidence == pytest.approx(0.8)
    row = files_table(FilesReport((found,), None, 0, frozenset())).rows[0]
    assert row[2:5] == ("3", "1", "3")
    assert row[-2:] == ("Druck 1, PageLabels 1 (0,80)", "2,0")


def test_every_file_of_a_folder_ends_in_a_state_with_its_reason(shared: Path):
    report = read_folder(shared / "documents/real", DEFAULT_LIMITS)
    assert [(file.name, file.outcome) for file in report.files] == [
        ("a/rest.pdf", Outcome.UNREADABLE),
        ("a/text.pdf", Outcome.READ),
        ("notiz.txt", Outcome.READ),
    ]
    assert "beschädigt" in (report.files[0].reason or "")
    assert report.files[1].pages == 2
    assert report.read_share == 1.0
    assert report.peak_child > 0


def test_the_command_for_real_files_prints_german_or_json(shared: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["real", "--shared", str(shared), "--json"]) == 0
    printed = capsys.readouterr()
    assert [file["outcome"] for file in json.loads(printed.out)] == ["nicht lesbar", "gelesen", "gelesen"]
    assert "a/rest.pdf: nicht lesbar" in printed.err


def test_speed_is_measured_in_every_way_over_the_pdfs_that_hold_text(shared: Path):
    pdfs = find_pdfs(shared / "documents/real")
    assert [path.name for path in pdfs] == ["text.pdf"]
    report = measure_speed(pdfs, DEFAULT_LIMITS, processes=(1, 2), repeats=1)
    assert (report.files, report.pages) == (1, 2)
    assert set(report.processes) == {1, 2}
    assert all(rate > 0 for rates in (report.plain, *report.processes.values()) for rate in rates)


def test_speed_is_told_as_median_and_ratio():
    table = speed_table(SpeedReport(3, 90, (100.0, 300.0, 200.0), {2: (50.0, 60.0, 40.0)}))
    assert table.rows == (("PDFium allein (get_text_range)", "200,0", "1,00"), ("2 Leseprozesse", "50,0", "0,25"))


def test_chapters_begin_at_headings_of_level_one_and_short_ones_are_none():
    long, short = "Wort " * 600, "Wort"
    blocks = [
        Block(BlockKind.HEADING, "Hinweis", 1),
        Block(BlockKind.PARAGRAPH, short),
        Block(BlockKind.HEADING, "Kapitel", 1),
        Block(BlockKind.HEADING, "Teil", 2),
        Block(BlockKind.PARAGRAPH, long),
    ]
    assert [text[:12] for text in split_chapters(blocks)] == ["Kapitel Teil"]


def test_a_page_is_compared_with_the_chapter_it_is_like():
    page = f"<html><body><main><p>{SENTENCE * 5}</p></main></body></html>"
    found = match_chapter("a.html", page, SENTENCE * 5, ["ganz anderes Kapitel", SENTENCE * 5])
    assert found.ours.f1 == 1.0


def test_html_pages_are_scored_against_the_document_beside_them(tmp_path: Path):
    document = docx.Document()
    document.add_heading("Weiterbildung", level=1)
    document.add_paragraph(SENTENCE * 60)
    document.save(str(tmp_path / "werk.docx"))
    body = f"<main><h1>Weiterbildung</h1><p>{SENTENCE * 60}</p></main>"
    (tmp_path / "kapitel.html").write_text(f"<html><body><nav>Start</nav>{body}</body></html>", "utf-8")
    (tmp_path / "fremd.html").write_text("<html><body><p>Ein Rezept für Apfelkuchen mit Zimt.</p></body></html>", "utf-8")
    (found,) = score_pages(tmp_path, DEFAULT_LIMITS)
    assert found.page == "kapitel.html"
    assert found.ours.f1 > 0.99
    assert pages_table([found]).rows[-1][0] == "Mittel"


def test_a_missing_engine_is_named_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(latex, "is_installed", lambda: False)
    assert main(["generate", str(tmp_path / "neu"), "--engine", "latex"]) == 2
    assert "Das Satzprogramm „latex“ ist nicht installiert. Bitte installieren: apt-get" in capsys.readouterr().err
    monkeypatch.setitem(commands.MODULES, "weasyprint", "evaluation.typesetting.gibt_es_nicht")
    assert main(["score", str(tmp_path / "neu"), "--engine", "weasyprint"]) == 2
    assert "pip install weasyprint" in capsys.readouterr().err


def test_missing_documents_are_told_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for command in ("real", "hostile", "speed", "html"):
        assert main([command, "--shared", str(tmp_path)]) == 2
        assert "Bitte mit --shared angeben" in capsys.readouterr().err


def test_a_table_is_laid_out_in_columns():
    assert lay_out(Table("Kopf", ("a", "Zahl"), (("lang", "1"),), ("Ende.",))).split("\n") == [
        "Kopf",
        "",
        "a     Zahl",
        "lang  1",
        "",
        "Ende.",
    ]


def test_the_score_table_of_nothing_still_stands():
    assert score_table({}, 0).rows == (("alle", "0", "0,00 %", "0", "1,000", "0/0", "0/0"),)
    assert Score().word_error_rate == 0
