"""The build script: targets, DOCX, scans and queries from small sources, and every refusal with its cure."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import docx
import numpy as np
import pypdfium2
import pytest
from build import Target, build, find_documents, find_targets, same_content, update_documents
from query_files import check_questions, merge_questions, parse_question
from scan_files import render, write_scan
from source_error import SourceError
from word_files import Properties, write_docx

PROPERTIES = Properties("Pausen", "Redaktion", datetime(2025, 1, 1, 12))
MARKDOWN = """<!-- out: wissen/pausen.docx -->
# Pausen

Eine Pause ist **wichtig** und *nötig*.

1. anmelden
2. gehen

Danach:

1. zurückkommen
   - pünktlich

- [ ] Uhr gestellt

| Dauer | Pause |
|---|---|
| 6 Stunden | 30 Minuten |
"""
SIDECAR = 'title: "Pausen"\nauthors: ["Redaktion"]\nyear: 2025\n'
TYPST = '// out: wissen/seite.pdf\n#set document(title: "Seite", date: none)\nDie Ruhepause dauert dreißig Minuten.\n'


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "wissen").mkdir()
    (tmp_path / "sources/seite.typ").write_text(TYPST, "utf-8")
    (tmp_path / "sources/pausen.docx.md").write_text(MARKDOWN, "utf-8")
    (tmp_path / "wissen/pausen.meta.yaml").write_text(SIDECAR, "utf-8")
    return tmp_path


def text_of(pdf: bytes) -> str:
    return " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)).strip()


def test_a_docx_has_real_styles_and_its_properties():
    document = docx.Document(io.BytesIO(write_docx(MARKDOWN, PROPERTIES)))
    assert [(paragraph.style.name, paragraph.text) for paragraph in document.paragraphs if paragraph.text] == [
        ("Heading 1", "Pausen"),
        ("Normal", "Eine Pause ist wichtig und nötig."),
        ("List Number", "anmelden"),
        ("List Number", "gehen"),
        ("Normal", "Danach:"),
        ("List Number", "zurückkommen"),
        ("List Bullet 2", "pünktlich"),
        ("List Bullet", "☐ Uhr gestellt"),
    ]
    runs = document.paragraphs[1].runs
    assert [run.text for run in runs if run.bold] == ["wichtig"]
    assert [run.text for run in runs if run.italic] == ["nötig"]
    core = document.core_properties
    assert (core.title, core.author, core.language) == ("Pausen", "Redaktion", "de-DE")
    assert core.created.year == 2025


def test_a_table_has_a_marked_header_row():
    table = docx.Document(io.BytesIO(write_docx(MARKDOWN, PROPERTIES))).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["Dauer", "Pause"], ["6 Stunden", "30 Minuten"]]
    assert ["tblHeader" in row._tr.xml for row in table.rows] == [True, False]


def test_every_ordered_list_counts_from_one():
    document = docx.Document(io.BytesIO(write_docx(MARKDOWN, PROPERTIES)))
    numbered = [paragraph for paragraph in document.paragraphs if paragraph.style.name == "List Number"]
    first, second, third = (paragraph._p.pPr.numPr.numId.val for paragraph in numbered)
    assert first == second != third


def test_the_same_source_gives_the_same_bytes():
    first, second = write_docx(MARKDOWN, PROPERTIES), write_docx(MARKDOWN, PROPERTIES)
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert archive.namelist()[0] == "[Content_Types].xml"


def test_markdown_without_a_counterpart_is_refused_with_its_line():
    with pytest.raises(SourceError, match="Zeile 3: „fence“"):
        write_docx("# a\n\n```\ncode\n```\n", PROPERTIES)


def test_a_scan_shows_the_page_but_holds_no_text(corpus):
    pdf = build(Target(corpus / "sources/seite.typ", "wissen/seite.pdf"), corpus)
    assert "dreißig Minuten" in text_of(pdf)
    scan = write_scan(pdf, seed=1)
    assert text_of(scan) == ""
    assert scan == write_scan(pdf, seed=1)
    assert scan != write_scan(pdf, seed=2)
    assert len(scan) < 600_000
    page = np.asarray(render(scan, 72)[0])
    assert 235 < np.median(page) < 250
    assert page.min() < 150


def test_targets_come_from_the_first_line(corpus):
    (corpus / "sources/vorlage.typ").write_text("// the template\n", "utf-8")
    (corpus / "sources/aushang.typ").write_text("// out: erfolg/aushang.pdf scan\nText\n", "utf-8")
    assert [(target.out, target.scan) for target in find_targets(corpus / "sources")] == [
        ("erfolg/aushang.pdf", True),
        ("wissen/pausen.docx", False),
        ("wissen/seite.pdf", False),
    ]


@pytest.mark.parametrize(
    ("name", "first", "reason"),
    [
        ("neu.typ", "= Titel", "nennt kein Ziel"),
        ("neu.typ", "// out: ../seite.pdf", "nennt kein Ziel"),
        ("neu.docx.md", "# Titel", "nennt kein Ziel"),
        ("zweite.typ", "// out: wissen/seite.pdf", "baut schon seite.typ"),
    ],
)
def test_a_source_without_a_target_of_its_own_is_refused(corpus, name, first, reason):
    (corpus / "sources" / name).write_text(first + "\n", "utf-8")
    with pytest.raises(SourceError, match=reason):
        find_targets(corpus / "sources")


def test_built_documents_pass_the_check_and_changed_ones_do_not(corpus, capsys):
    targets = find_targets(corpus / "sources")
    assert update_documents(corpus, targets, check=True) == 2
    assert update_documents(corpus, targets, check=False) == 0
    assert find_documents(corpus) == ["wissen/pausen.docx", "wissen/seite.pdf"]
    assert update_documents(corpus, targets, check=True) == 0
    (corpus / "sources/seite.typ").write_text(TYPST.replace("dreißig", "fünfzehn"), "utf-8")
    capsys.readouterr()
    assert update_documents(corpus, targets, check=True) == 1
    assert capsys.readouterr().out.startswith("wissen/seite.pdf weicht von seite.typ ab. Bitte „make corpus“ aufrufen.")


def test_a_broken_source_does_not_keep_the_others_from_being_built(corpus, capsys):
    (corpus / "sources/kaputt.typ").write_text("// out: wissen/kaputt.pdf\n#unbekannt()\n", "utf-8")
    assert update_documents(corpus, find_targets(corpus / "sources"), check=False) == 1
    assert "kaputt.typ: Typst kann die Quelle nicht setzen" in capsys.readouterr().err
    assert (corpus / "wissen/seite.pdf").exists()


@pytest.mark.parametrize(("sidecar", "reason"), [(None, "fehlt in „wissen“"), ("title: Pausen\n", "fehlen title, authors")])
def test_a_docx_needs_its_sidecar(corpus, sidecar, reason):
    path = corpus / "wissen/pausen.meta.yaml"
    path.unlink() if sidecar is None else path.write_text(sidecar, "utf-8")
    with pytest.raises(SourceError, match=reason):
        build(Target(corpus / "sources/pausen.docx.md", "wissen/pausen.docx"), corpus)


def test_the_same_text_in_other_bytes_is_the_same_content(corpus):
    target = Target(corpus / "sources/seite.typ", "wissen/seite.pdf")
    pdf = build(target, corpus)
    assert same_content(pdf, pdf + b"\n% other bytes", target)
    scan = Target(target.source, target.out, scan=True)
    assert same_content(write_scan(pdf, seed=1), write_scan(pdf, seed=1) + b"\n", scan)
    (corpus / "sources/seite.typ").write_text(TYPST + "#pagebreak()\nZwei.\n", "utf-8")
    assert not same_content(write_scan(build(target, corpus), seed=1), write_scan(pdf, seed=1), scan)


def question(**changes: object):
    record = {"text": "Ruhepause", "kind": "stichwort", "relevant": {"wissen/a.txt": 3}} | changes
    return parse_question(json.dumps({key: value for key, value in record.items() if value is not None}), "a.jsonl, Zeile 1")


def test_questions_are_merged_into_two_files():
    questions = [
        question(),
        question(text="Ruhepasue", kind="tippfehler", twin="Ruhepause"),
        question(text="Wetter", kind="unbeantwortbar", relevant={}),
        question(text="Pausendauer", kind="kompositum", relevant={"wissen/b.txt": 1, "wissen/a.txt": 2}),
    ]
    check_questions(questions, ["wissen/a.txt", "wissen/b.txt"])
    queries, qrels = merge_questions(questions)
    assert [json.loads(line) for line in queries.splitlines()] == [
        {"_id": "q001", "text": "Ruhepause", "kind": "stichwort"},
        {"_id": "q002", "text": "Ruhepasue", "kind": "tippfehler", "twin": "q001"},
        {"_id": "q003", "text": "Wetter", "kind": "unbeantwortbar"},
        {"_id": "q004", "text": "Pausendauer", "kind": "kompositum"},
    ]
    assert qrels.splitlines() == [
        "query-id\tcorpus-id\tscore",
        "q001\twissen/a.txt\t3",
        "q002\twissen/a.txt\t3",
        "q004\twissen/a.txt\t2",
        "q004\twissen/b.txt\t1",
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": " "}, "Text der Frage fehlt"),
        ({"kind": "rätsel"}, "Die Art „rätsel“ gibt es nicht"),
        ({"relevant": {"wissen/a.txt": 4}}, "Die Note „4“"),
        ({"relevant": {"wissen/a.txt": True}}, "Die Note „True“"),
        ({"relevant": ["wissen/a.txt"]}, "kein Objekt"),
        ({"relevant": {}}, "Genau die Fragen der Art „unbeantwortbar“"),
        ({"kind": "unbeantwortbar"}, "Genau die Fragen der Art „unbeantwortbar“"),
        ({"kind": "umschrift"}, "haben einen „twin“"),
        ({"twin": "Pause"}, "haben einen „twin“"),
        ({"kind": None}, "Erlaubt sind genau"),
        ({"art": "x"}, "Erlaubt sind genau"),
    ],
)
def test_a_question_of_the_wrong_form_is_refused(changes, reason):
    with pytest.raises(SourceError, match=reason):
        question(**changes)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, "Dieselbe Frage"),
        ({"text": "b", "relevant": {"wissen/z.txt": 1}}, "Das Dokument „wissen/z.txt“ gibt es nicht"),
        ({"text": "b", "kind": "umschrift", "twin": "c"}, "Den Zwilling „c“ gibt es nicht"),
        ({"text": "b", "kind": "umschrift", "twin": "Ruhepause", "relevant": {"wissen/a.txt": 1}}, "hat andere Noten"),
    ],
)
def test_questions_that_do_not_fit_together_are_refused(other, reason):
    with pytest.raises(SourceError, match=reason):
        check_questions([question(), question(**other)], ["wissen/a.txt"])
