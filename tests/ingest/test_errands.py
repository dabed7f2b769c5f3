"""What jobs do: uploads, withdrawals, edits, reading again, publishing and rolling back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.pipeline import ingest
from ingest.refused import WITHDRAWN
from search_service.desk.jobs import JobKind, Json
from search_service.knowledge_base.store import KnowledgeBase
from tests.ingest.desk_orders import EMBEDDER, Office, QuickPool

PAUSES = "Nach sechs Stunden Arbeit ist eine Pause vorgeschrieben."
SHIFTS = "Gute Schichtplanung braucht Vorlauf."


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "ExtractorPool", QuickPool)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A knowledge base with one document from an operator's folder."""
    office = Office(tmp_path / "kb", tmp_path / "ablage")
    office.folder.mkdir()
    (office.folder / "pausen.txt").write_text(PAUSES)
    with KnowledgeBase(office.root) as knowledge_base:
        ingest([office.folder], knowledge_base, embedder=EMBEDDER)
    return office


def test_an_upload_is_taken_in_with_its_metadata_and_published(office: Office) -> None:
    known = {"title": "Schichten – „gut“ geplant 😀\u2028\x85", "authors": ["A. Muster"], "year": 2025}
    job = office.done(office.upload("schicht.txt", SHIFTS, metadata=known))
    document = office.document("Schichten – „gut“ geplant 😀")
    assert (document.metadata.authors, document.metadata.year) == (("A. Muster",), 2025)
    assert job.detail == "„schicht.txt“ ist aufgenommen. Suchindex 2 ist veröffentlicht."
    assert job.report is not None
    assert job.report["document_id"] == job.document_id == document.id
    assert job.report["totals"] == {"indexed": 1, "unchanged": 0, "duplicate": 0, "skipped": 0, "failed": 0}
    assert document.location == str(office.root / "uploads" / "schicht.txt")
    assert office.texts() == {"Pausen": PAUSES, document.metadata.title: SHIFTS}
    assert sorted(office.uploads()) == ["schicht.txt", "schicht.txt.meta.yaml"]


def test_two_uploads_of_one_name_are_two_documents(office: Office) -> None:
    office.upload("notiz.txt", "Die eine Notiz.")
    office.done(office.upload("notiz.txt", "Die andere Notiz."))
    assert office.uploads() == {"notiz-2.txt": "Die andere Notiz.", "notiz.txt": "Die eine Notiz."}
    assert len(office.current().documents) == 3


def test_an_upload_that_is_there_already_is_told_and_not_kept_twice(office: Office) -> None:
    job = office.done(office.upload("anders.txt", PAUSES))
    known = office.document("Pausen").id
    assert job.detail == f"„anders.txt“ ist schon in der Wissensbasis: „Pausen“ ({known})."
    assert job.report is not None
    assert job.report["document_id"] == job.document_id == known
    assert office.uploads() == {}
    assert office.current().manifest.number == 1


def test_what_was_said_of_a_file_that_is_there_already_is_told_to_be_left(office: Office) -> None:
    job = office.done(office.upload("anders.txt", PAUSES, metadata={"title": "Ruhezeiten", "year": 2025}))
    assert "Die Angaben dazu wurden nicht übernommen; ändern lassen sie sich bei diesem Dokument." in (job.detail or "")
    assert office.texts() == {"Pausen": PAUSES}


def test_no_answer_tells_where_files_lie(office: Office) -> None:
    (office.folder / "leer.txt").write_text("")
    (office.folder / "zwei.txt").write_text(SHIFTS)
    with KnowledgeBase(office.root) as knowledge_base:
        ingest([office.folder], knowledge_base, embedder=EMBEDDER)
    office.upload("schicht.txt", "Eine eigene Notiz.")
    (office.folder / "zwei.txt").write_text(PAUSES)
    office.order(JobKind.REINDEX)
    office.upload("gleich.txt", PAUSES)
    office.upload("kaputt.docx", b"PK\x03\x04 und dann nichts")
    office.work()
    told = [office.jobs.find(job.id) for job in office.jobs.list(9)]
    assert len(told) == 4
    assert str(office.root.parent) not in repr(told)
    assert "'path': 'uploads/schicht.txt'" in repr(told)
    assert "'path': 'zwei.txt', 'state': 'duplicate', 'reason': 'Gleich wie „pausen.txt“.'" in repr(told)


@pytest.mark.parametrize("content", [b"\0\1\2\3" * 50, b"PK\x03\x04 und dann nichts", b""])
def test_an_upload_that_cannot_be_read_leaves_nothing_behind(office: Office, content: bytes) -> None:
    assert office.failed(office.upload("kaputt.docx", content))
    assert office.uploads() == {}
    assert office.texts() == {"Pausen": PAUSES}


def test_an_upload_whose_file_is_gone_says_so(office: Office) -> None:
    job = office.upload("weg.txt", "Text")
    shutil.rmtree(office.root / "inbox" / job.id)
    assert "Bitte noch einmal hochladen" in office.failed(job)


def test_a_replaced_file_keeps_its_document_its_metadata_and_what_has_not_changed(office: Office) -> None:
    office.done(office.upload("schicht.txt", f"{SHIFTS}\n\nAlt.", metadata={"title": "Schicht"}))
    before = office.document("Schicht")
    old = office.current()
    job = office.done(office.upload("neu.txt", f"{SHIFTS}\n\nNeu.", before.id))
    assert job.detail == "Die Datei von „Schicht“ ist durch „neu.txt“ ersetzt. Suchindex 3 ist veröffentlicht."
    after = office.document("Schicht")
    assert (after.id, after.location) == (before.id, before.location)
    assert office.uploads()["schicht.txt"].endswith("Neu.")
    assert "Neu." in office.texts()["Schicht"]
    (row,) = (int(row) for row in old.rows_of(old.position_of[before.id]))
    assert office.current().former_passages.find(old.passage(row).id) is not None
    office.done(office.upload("neu.txt", f"{SHIFTS}\n\nNeu.", before.id, {"title": "Schichtbuch"}))
    assert office.document("Schichtbuch").id == before.id


def test_a_file_of_another_format_takes_its_own_ending(office: Office) -> None:
    office.done(office.upload("schicht.txt", SHIFTS, metadata={"title": "Schicht"}))
    before = office.document("Schicht")
    office.done(office.upload("fassung2.md", f"# Teil\n\n{SHIFTS} Und mehr.", before.id))
    after = office.document("Schicht")
    assert (after.id, Path(after.location).name, after.media_type) == (before.id, "schicht.md", "text/markdown")
    assert sorted(office.uploads()) == ["schicht.md", "schicht.md.meta.yaml"]


@pytest.mark.parametrize("file", ["neu.txt", "neu.md"])
def test_a_replacement_changes_only_what_is_said_anew(office: Office, file: str) -> None:
    known = {"title": "Schicht", "authors": ["A. Muster", "B. Beispiel"], "year": 2025, "valid_until": "2027-12-31"}
    office.done(office.upload("schicht.txt", SHIFTS, metadata=known))
    before = office.document("Schicht")
    office.done(office.upload(file, f"{SHIFTS} Neu.", before.id, {"year": 2026, "publisher": "HUB", "authors": None}))
    after = office.document("Schicht")
    assert after.id == before.id
    assert after.metadata == replace(before.metadata, year=2026, publisher="HUB", authors=())


def test_a_replacement_completes_a_sidecar_that_an_operator_has_edited(office: Office) -> None:
    office.done(office.upload("schicht.txt", SHIFTS, metadata={"title": "Schicht"}))
    (office.root / "uploads" / "schicht.txt.meta.yaml").write_text("titel: Schichten\nherausgeber: HUB\n", "utf-8")
    office.done(office.upload("neu.txt", f"{SHIFTS} Neu.", office.document("Schicht").id, {"title": "Plan"}))
    assert office.document("Plan").metadata.publisher == "HUB"


@pytest.mark.parametrize("name", ["neu.txt", "neu.docx"])
def test_a_replacement_that_cannot_be_read_leaves_the_old_file_and_text(office: Office, name: str) -> None:
    office.done(office.upload("schicht.txt", SHIFTS, metadata={"title": "Schicht"}))
    before, files = office.document("Schicht"), office.uploads()
    reason = office.failed(office.upload(name, b"PK\x03\x04 und dann nichts", before.id, {"title": "Anders"}))
    assert "Die bisherige Fassung bleibt durchsuchbar." in reason
    assert office.uploads() == files
    assert office.document("Schicht") == before
    assert office.texts()["Schicht"] == SHIFTS


def test_a_file_that_is_another_document_replaces_nothing(office: Office) -> None:
    office.done(office.upload("schicht.txt", SHIFTS))
    before = office.document("Schicht")
    reason = office.failed(office.upload("neu.txt", PAUSES, before.id))
    assert f"schon ein eigenes Dokument: „Pausen“ ({office.document('Pausen').id})" in reason
    assert office.texts() == {"Pausen": PAUSES, "Schicht": SHIFTS}


def test_a_document_of_an_operators_folder_is_not_replaced(office: Office) -> None:
    assert "aus einem Ordner des Betreibers" in office.failed(office.upload("x.txt", SHIFTS, office.document("Pausen").id))
    assert office.texts() == {"Pausen": PAUSES}


def test_withdrawn_and_restored(office: Office) -> None:
    document_id = office.document("Pausen").id
    job = office.done(office.order(JobKind.WITHDRAW, document_id, reason="Veraltet"))
    assert job.detail == "„Pausen“ ist zurückgezogen. Suchindex 2 ist veröffentlicht."
    assert office.texts() == {}
    assert office.current().former_documents[document_id].reason == "Veraltet"
    with KnowledgeBase(office.root) as knowledge_base:
        (file,) = ingest([office.folder], knowledge_base, embedder=EMBEDDER, reread=True).files
    assert (file.state, file.reason) == ("indexed", WITHDRAWN)
    assert office.texts() == {}
    office.done(office.order(JobKind.RESTORE, document_id))
    assert office.texts() == {"Pausen": PAUSES}
    assert office.done(office.order(JobKind.RESTORE, document_id)).detail == "„Pausen“ ist nicht (mehr) zurückgezogen."


@pytest.mark.parametrize("metadata", [{}, {"title": "Etwas anderes"}])
def test_the_bytes_of_a_withdrawn_document_do_not_come_back_under_another_name(
    office: Office, metadata: dict[str, Json]
) -> None:
    office.done(office.upload("schicht.txt", SHIFTS))
    document = office.document("Pausen")
    office.done(office.order(JobKind.WITHDRAW, document.id))
    for job in (
        office.upload("gleich.txt", PAUSES, metadata=metadata),
        office.upload("gleich.txt", PAUSES, office.document("Schicht").id, metadata),
    ):
        reason = office.failed(job)
        assert f"das zurückgezogene Dokument „Pausen“ ({document.id})" in reason
        assert "bitte dieses Dokument wiederherstellen" in reason
    assert office.texts() == {"Schicht": SHIFTS}


def test_a_withdrawn_document_is_put_right_before_it_is_restored(office: Office) -> None:
    office.done(office.upload("schicht.txt", SHIFTS))
    document_id = office.document("Schicht").id
    office.done(office.order(JobKind.WITHDRAW, document_id))
    assert WITHDRAWN in (office.done(office.upload("neu.txt", "Jetzt richtig.", document_id)).detail or "")
    office.done(office.order(JobKind.EDIT, document_id, title="Schichten"))
    assert office.texts() == {"Pausen": PAUSES}
    office.done(office.order(JobKind.RESTORE, document_id))
    assert office.texts() == {"Pausen": PAUSES, "Schichten": "Jetzt richtig."}


def test_an_older_edition_answers_while_the_newer_one_is_withdrawn(office: Office) -> None:
    text = " ".join(f"Der Satz Nummer {number} handelt vom Thema {number * 7}." for number in range(80))
    for year in (2020, 2024):
        office.upload(f"leitfaden-{year}.txt", f"{text} Stand {year}.", metadata={"title": "Leitfaden", "year": year})
    office.work()
    years = {document.metadata.year: document for document in office.current().documents if document.metadata.year}
    assert years[2020].newer_edition == years[2024].id
    before = office.current()
    office.done(office.order(JobKind.WITHDRAW, years[2024].id))
    (left,) = (document for document in office.current().documents if document.metadata.year)
    assert (left.metadata.year, left.newer_edition) == (2020, None)
    office.done(office.order(JobKind.RESTORE, years[2024].id))
    assert office.current().documents == before.documents


def test_edits_are_read_like_a_sidecar_and_outlive_reading_again(office: Office) -> None:
    document_id = office.document("Pausen").id
    job = office.done(office.order(JobKind.EDIT, document_id, Titel="Ruhezeiten", autor="A. Muster; B. Beispiel", jahr="2025"))
    assert job.detail == "Die Angaben zu „Ruhezeiten“ sind geändert. Suchindex 2 ist veröffentlicht."
    office.done(office.order(JobKind.REINDEX))
    known = office.document("Ruhezeiten").metadata
    assert (known.authors, known.year) == (("A. Muster", "B. Beispiel"), 2025)
    office.done(office.order(JobKind.EDIT, document_id, title=None, authors=[]))
    known = office.document("Pausen").metadata
    assert (known.authors, known.year) == ((), 2025)


def test_an_edit_with_an_unusable_value_changes_nothing_and_says_which(office: Office) -> None:
    reason = office.failed(office.order(JobKind.EDIT, office.document("Pausen").id, year=2025, collection="Wisen", foo="x"))
    assert reason.startswith("Es wurde nichts geändert. Sammlung „Wisen“ in der Änderung ist unbekannt")
    assert "Das Feld „foo“" in reason
    assert office.document("Pausen").metadata.year is None


def test_everything_is_read_again_and_what_has_no_file_any_more_stays(office: Office) -> None:
    office.done(office.upload("schicht.txt", SHIFTS))
    (office.folder / "pausen.txt").unlink()
    job = office.done(office.order(JobKind.REINDEX))
    assert job.detail == (
        "1 Dokument neu gelesen. 1 Dokument ohne Datei an ihrem Ort; es bleibt, was aufgenommen war. "
        "Suchindex 3 ist veröffentlicht."
    )
    assert office.texts() == {"Pausen": PAUSES, "Schicht": SHIFTS}


def test_uploads_are_found_after_the_knowledge_base_was_moved(office: Office, tmp_path: Path) -> None:
    office.done(office.upload("schicht.txt", SHIFTS))
    document_id = office.document("Schicht").id
    moved = Office(tmp_path / "umzug", office.folder)
    office.root.rename(moved.root)
    moved.done(moved.upload("neu.txt", "Nach dem Umzug.", document_id))
    assert moved.texts()["Schicht"] == "Nach dem Umzug."
    assert moved.document("Schicht").location == str(moved.root / "uploads" / "schicht.txt")
    moved.root.rename(office.root)
    assert "2 Dokumente neu gelesen." in (office.done(office.order(JobKind.REINDEX)).detail or "")


def test_rolled_back_and_forward_again(office: Office) -> None:
    office.done(office.upload("schicht.txt", SHIFTS))
    office.done(office.order(JobKind.ROLL_BACK, generation=1))
    assert office.texts() == {"Pausen": PAUSES}
    with KnowledgeBase(office.root) as knowledge_base:
        report = ingest([office.folder], knowledge_base, embedder=EMBEDDER)
    assert report.generation is None
    assert "Es antwortet weiter Suchindex 1, auf den zurückgerollt wurde." in report.notices[0]
    job = office.done(office.order(JobKind.PUBLISH))
    assert job.detail == "Suchindex 3 ist veröffentlicht."
    assert job.report is not None
    assert "das Zurückrollen auf Suchindex 1 ist damit aufgehoben" in str(job.report["notices"])
    assert office.texts() == {"Pausen": PAUSES, "Schicht": SHIFTS}
    assert "schon veröffentlicht" in (office.done(office.order(JobKind.PUBLISH)).detail or "")
    assert "Suchindex 9 gibt es nicht" in office.failed(office.order(JobKind.ROLL_BACK, generation=9))


@pytest.mark.parametrize("kind", [JobKind.WITHDRAW, JobKind.RESTORE, JobKind.EDIT, JobKind.REINDEX, JobKind.REPLACE])
def test_an_unknown_document_is_told(office: Office, kind: JobKind) -> None:
    assert "Kennung „d-fehlt“ gibt es nicht" in office.failed(office.order(kind, "d-fehlt"))
