"""The sample corpus is what it promises: enough of everything, described, honest, judged, and built from its sources."""

import json
import subprocess
import sys
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pypdf
import pypdfium2
import pytest
import yaml

from evaluation.judgements import JudgedSet, read_judged_set
from search_service.taxonomy import load_taxonomy

CORPUS = Path(__file__).parents[2] / "corpus"
COLLECTIONS = tuple(load_taxonomy()["collection"])
FORMATS = (".pdf", ".docx", ".html", ".md", ".txt")
KEYS = {"title", "authors", "year", "publisher", "type", "collection", "sectors", "topics", "audience", "language", "license"}
KEYS |= {"valid_until", "note", "source_url"}
KINDS = {"alltag", "stichwort", "kompositum", "paraphrase", "umschrift", "tippfehler", "referenz"}
FILES = sorted(path.relative_to(CORPUS).as_posix() for folder in COLLECTIONS for path in (CORPUS / folder).rglob("*"))
DOCUMENTS = [file for file in FILES if file.endswith(FORMATS)]
PDFS = [document for document in DOCUMENTS if document.endswith(".pdf")]


@cache
def metadata(document: str) -> dict[str, object]:
    path = CORPUS / document
    sidecar = path.parent / f"{path.stem}.meta.yaml"
    if sidecar.exists():
        return yaml.safe_load(sidecar.read_text("utf-8"))
    assert path.suffix == ".md", f"{document} has neither sidecar nor front matter"
    return yaml.safe_load(path.read_text("utf-8").split("---\n")[1])


def has_text(document: str) -> bool:
    pages = pypdfium2.PdfDocument(CORPUS / document)
    return any(page.get_textpage().get_text_bounded().strip() for page in pages)


@cache
def source_text(document: str) -> str:
    """The text an author wrote: the source that names the document as its target, else the document itself."""
    for source in [*CORPUS.glob("sources/*.typ"), *CORPUS.glob("sources/*.docx.md")]:
        text = source.read_text("utf-8")
        if f" out: {document}" in text.partition("\n")[0]:
            return text
    return (CORPUS / document).read_text("utf-8")


@cache
def judged() -> JudgedSet:
    return read_judged_set(CORPUS)


def test_there_are_enough_documents_in_every_format_and_collection():
    assert len(DOCUMENTS) >= 40
    assert {Path(document).suffix for document in DOCUMENTS} == set(FORMATS)
    assert {document.split("/")[0] for document in DOCUMENTS} == set(COLLECTIONS)


def test_every_file_in_a_collection_is_a_document_or_describes_one():
    sidecars = {Path(document).with_suffix(".meta.yaml").as_posix() for document in DOCUMENTS}
    assert set(FILES) <= set(DOCUMENTS) | sidecars


def test_there_are_enough_typeset_pdfs_of_a_readable_length():
    pages = [len(pypdf.PdfReader(CORPUS / document).pages) for document in PDFS]
    assert sum(3 <= count <= 20 for count in pages) >= 15
    assert max(pages) >= 10


def test_a_study_has_roman_front_matter_and_arabic_pages():
    labels = pypdf.PdfReader(CORPUS / "wissen/ki-mitbestimmung-betrieb.pdf").page_labels
    assert "ii" in labels
    assert labels.index("1") > labels.index("ii")


def test_one_document_is_a_scan_without_a_text_layer():
    scans = [document for document in PDFS if not has_text(document)]
    assert len(scans) == 1
    assert all((CORPUS / document).stat().st_size < 600_000 for document in scans)


def test_all_sectors_are_covered():
    sectors = Counter(sector for document in DOCUMENTS for sector in metadata(document)["sectors"])
    assert {"industrie", "logistik", "gesundheit", "handwerk"} <= sectors.keys()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_described_with_values_of_the_vocabulary(document):
    described = metadata(document)
    taxonomy = load_taxonomy()
    assert described["title"].strip()
    assert described["authors"] == ["Redaktion Zukunfts-HUB"]
    assert 2023 <= described["year"] <= 2026
    assert described["publisher"] == "Zukunfts-HUB Ruhr"
    assert described["license"] == "CC BY 4.0"
    assert described["language"] == "de"
    assert described["type"] in taxonomy["type"]
    assert described["collection"] == document.split("/")[0]
    for key, field in (("sectors", "sector"), ("topics", "topic"), ("audience", "audience")):
        assert described[key], key
        assert set(described[key]) <= taxonomy[field].keys(), key
    assert described.keys() <= KEYS
    assert isinstance(described.get("valid_until", date.min), date)


def test_a_case_report_says_in_text_and_metadata_that_it_is_composed():
    reports = [document for document in DOCUMENTS if metadata(document)["type"] == "case_report"]
    assert len(reports) >= 8
    assert [report for report in reports if metadata(report).get("note") != "Konstruierter Fallbericht"] == []
    assert [report for report in reports if "Konstruierter Fallbericht" not in source_text(report)] == []


def test_an_event_is_dated_and_says_that_it_is_an_example():
    events = [document for document in DOCUMENTS if metadata(document)["type"] == "event"]
    assert len(events) >= 3
    assert [event for event in events if "valid_until" not in metadata(event)] == []
    assert [event for event in events if metadata(event).get("note") != "Beispielveranstaltung"] == []


def test_titles_are_distinct():
    titles = Counter(metadata(document)["title"] for document in DOCUMENTS)
    assert [title for title, count in titles.items() if count > 1] == []


def test_there_are_enough_queries_of_every_kind():
    kinds = Counter(query.kind for query in judged().queries if query.grades)
    assert kinds.keys() == KINDS
    assert kinds.total() >= 150
    assert min(kinds.values()) >= 15
    unanswerable = [query for query in judged().queries if not query.grades]
    assert len(unanswerable) >= 30
    assert {query.kind for query in unanswerable} == {"unbeantwortbar"}


def test_every_judgement_points_to_a_document_with_a_grade_from_one_to_three():
    for query in judged().queries:
        assert query.grades.keys() <= set(DOCUMENTS), query.id
        assert set(query.grades.values()) <= {1, 2, 3}, query.id


def test_no_document_is_out_of_reach_of_the_queries():
    asked = {document for query in judged().queries for document in query.grades}
    scans = {"erfolg/aushang-tabletnutzung.pdf"}  # without text it cannot be found
    assert set(DOCUMENTS) - asked - scans == set()


def test_a_twin_is_the_same_question_written_otherwise():
    records = {record["_id"]: record for record in map(json.loads, (CORPUS / "queries.jsonl").read_text("utf-8").splitlines())}
    grades = {query.id: query.grades for query in judged().queries}
    twins = [record for record in records.values() if "twin" in record]
    assert len(twins) >= 30
    for record in twins:
        assert record["text"] != records[record["twin"]]["text"]
        assert grades[record["_id"]] == grades[record["twin"]]


@pytest.mark.parametrize("switches", [["--check"], ["--check", "--queries"]])
def test_what_is_committed_is_what_the_sources_build(switches):
    command = [sys.executable, str(CORPUS / "sources/build.py"), *switches]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
