from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.blocks import Block
from ingest.chunk import ChunkSizes, PassageDraft, chunk
from ingest.pipeline import NO_EMBEDDER, UNEXPECTED, index_texts, ingest
from ingest.refused import KEPT
from ingest.report import FileReport, Report, State
from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.store import KnowledgeBase
from tests.stand_in_embedder import HashedWordsEmbedder


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        yield knowledge_base


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ablage").mkdir()
    return tmp_path / "ablage"


def states(report: Report) -> dict[str, State]:
    return {Path(file.path).name: file.state for file in report.files}


def run(folder: Path, base: KnowledgeBase, *, prune: bool = False) -> Report:
    return ingest([folder], base, embedder=None, prune=prune)


def texts(base: KnowledgeBase, path: Path) -> str:
    document = base.find_by_location(str(path))
    assert document is not None
    return " ".join(passage.text for passage in base._catalogue.passages() if passage.document_id == document.id)


def test_every_kind_of_bad_input_ends_in_a_state_with_a_reason(
    folder: Path, base: KnowledgeBase, study: Path, scan: Path, locked: Path
) -> None:
    shutil.copy(study, folder / "gut.pdf")
    shutil.copy(scan, folder / "scan.pdf")
    shutil.copy(locked, folder / "verschlossen.pdf")
    (folder / "leer.pdf").touch()
    (folder / "kaputt.docx").write_bytes(b"PK\x03\x04 und dann nichts")
    (folder / "bild.jpg").write_bytes(b"\xff\xd8\xff\xe0 Bild")
    (folder / "fremd.xyz").write_text("x")
    (folder / "kreis").symlink_to(folder)
    (folder / "notiz.txt").write_text("Ein Absatz über Schichtplanung im Betrieb.")
    (folder / "angaben.txt").write_text("Ein anderer Absatz.")
    (folder / "angaben.txt.meta.yaml").write_text("title: [offen")
    report = ingest([folder, folder / "gibt-es-nicht"], base, embedder=None)
    assert states(report) == {
        "gut.pdf": State.INDEXED,
        "scan.pdf": State.SKIPPED,
        "verschlossen.pdf": State.FAILED,
        "leer.pdf": State.FAILED,
        "kaputt.docx": State.FAILED,
        "bild.jpg": State.FAILED,
        "fremd.xyz": State.SKIPPED,
        "kreis": State.SKIPPED,
        "notiz.txt": State.INDEXED,
        "angaben.txt": State.FAILED,
        "gibt-es-nicht": State.FAILED,
    }
    assert all(file.reason for file in report.files if file.state is not State.INDEXED)
    assert all("Traceback" not in (file.reason or "") and "Error" not in (file.reason or "") for file in report.files)
    assert sum(report.totals.values()) == len(report.files) == 11
    assert len(list(base.documents())) == 2
    assert report.generation == 1
    assert report.notices == (NO_EMBEDDER,)


def test_the_report_has_the_agreed_shape() -> None:
    report = Report((FileReport("/a.txt", State.INDEXED, None, 3, 0.12345),))
    assert report.to_json() == {
        "totals": {"indexed": 1, "unchanged": 0, "duplicate": 0, "skipped": 0, "failed": 0},
        "files": [{"path": "/a.txt", "state": "indexed", "reason": None, "passages": 3, "seconds": 0.123}],
    }


def test_a_second_run_changes_nothing(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Ein Absatz.")
    assert states(run(folder, base)) == {"a.txt": State.INDEXED}
    second = run(folder, base)
    assert states(second) == {"a.txt": State.UNCHANGED}
    assert second.generation is None


def test_the_same_content_elsewhere_is_a_duplicate(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Ein Absatz.")
    (folder / "b.txt").write_text("Ein Absatz.")
    report = run(folder, base)
    assert states(report) == {"a.txt": State.INDEXED, "b.txt": State.DUPLICATE}
    assert report.files[1].reason == f"Gleich wie „{folder / 'a.txt'}“."
    assert len(list(base.documents())) == 1


def test_a_moved_file_keeps_its_document(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Ein Absatz.")
    run(folder, base)
    before = base.find_by_location(str(folder / "a.txt"))
    (folder / "a.txt").rename(folder / "neu.txt")
    report = run(folder, base, prune=True)
    assert states(report) == {"neu.txt": State.UNCHANGED}
    assert "Verschoben" in (report.files[0].reason or "")
    after = base.find_by_location(str(folder / "neu.txt"))
    assert before and after and after.id == before.id
    assert report.pruned == ()


def test_a_changed_file_or_sidecar_replaces_the_text_and_keeps_the_id(folder: Path, base: KnowledgeBase) -> None:
    path = folder / "a.txt"
    path.write_text("Ein alter Absatz.")
    run(folder, base)
    before = base.find_by_location(str(path))
    path.write_text("Ein neuer Absatz.")
    assert states(run(folder, base)) == {"a.txt": State.INDEXED}
    after = base.find_by_location(str(path))
    assert before and after and before.id == after.id
    assert texts(base, path) == "Ein neuer Absatz."
    (folder / "a.meta.yaml").write_text("title: Mit Titel")
    assert states(run(folder, base)) == {"a.txt": State.INDEXED}
    described = base.find_by_location(str(path))
    assert described and described.metadata.title == "Mit Titel" and described.id == before.id


def test_a_failure_keeps_the_version_before(folder: Path, base: KnowledgeBase) -> None:
    path = folder / "a.txt"
    path.write_text("Der gute Absatz.")
    run(folder, base)
    path.write_bytes(b"")
    report = run(folder, base, prune=True)
    assert states(report) == {"a.txt": State.FAILED}
    assert "Die bisherige Fassung bleibt durchsuchbar." in (report.files[0].reason or "")
    assert texts(base, path) == "Der gute Absatz."


def test_two_files_that_become_the_same_leave_one_document(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Der eine Absatz.")
    (folder / "b.txt").write_text("Der andere Absatz.")
    run(folder, base)
    (folder / "b.txt").write_text("Der eine Absatz.")
    assert states(run(folder, base)) == {"a.txt": State.UNCHANGED, "b.txt": State.DUPLICATE}
    assert [document.location for document in base.documents()] == [str(folder / "a.txt")]


def test_two_files_that_change_places_are_both_there(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Der eine Absatz.")
    (folder / "b.txt").write_text("Der andere Absatz.")
    run(folder, base)
    (folder / "a.txt").write_text("Der andere Absatz.")
    (folder / "b.txt").write_text("Der eine Absatz.")
    assert set(states(run(folder, base)).values()) == {State.INDEXED}
    assert sorted(passage.text for passage in base._catalogue.passages()) == ["Der andere Absatz.", "Der eine Absatz."]


def test_a_copy_of_what_stood_elsewhere_before_is_no_duplicate(folder: Path, base: KnowledgeBase) -> None:
    current, old = folder / "studie.txt", folder / "studie-2024.txt"
    current.write_text("Die Fassung von gestern.")
    run(folder, base)
    shutil.copy(current, old)
    current.write_text("Die Fassung von heute.")
    assert states(run(folder, base)) == {"studie-2024.txt": State.INDEXED, "studie.txt": State.INDEXED}
    assert texts(base, old) == "Die Fassung von gestern."
    assert texts(base, current) == "Die Fassung von heute."
    assert set(states(run(folder, base)).values()) == {State.UNCHANGED}


def test_a_file_moved_over_another_leaves_no_ghost(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Der eine Absatz.")
    (folder / "b.txt").write_text("Der andere Absatz.")
    run(folder, base)
    (folder / "b.txt").replace(folder / "a.txt")
    assert states(run(folder, base)) == {"a.txt": State.INDEXED}
    assert [document.location for document in base.documents()] == [str(folder / "a.txt")]
    assert texts(base, folder / "a.txt") == "Der andere Absatz."


def test_a_way_round_through_another_folder_gives_the_same_location(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Ein Absatz.")
    around = folder / ".." / "ablage"
    assert run(around, base).files[0].path == str(folder / "a.txt")
    assert states(run(folder, base)) == {"a.txt": State.UNCHANGED}
    (folder / "a.txt").rename(folder / "b.txt")
    (folder / "b.txt").write_text("Ein neuer Absatz.")
    assert run(around, base, prune=True).pruned == (str(folder / "a.txt"),)


def test_a_file_that_has_no_text_any_more_keeps_the_version_before(folder: Path, base: KnowledgeBase, scan: Path) -> None:
    shutil.copy(scan, folder / "neu.pdf")
    path = folder / "a.txt"
    path.write_text("Der gute Absatz.")
    run(folder, base)
    shutil.copy(scan, path)
    (folder / "neu.pdf").write_bytes(scan.read_bytes() + b"\n")
    report = run(folder, base)
    assert states(report) == {"a.txt": State.SKIPPED, "neu.pdf": State.SKIPPED}
    assert [(file.reason or "").endswith(KEPT) for file in report.files] == [True, False]
    assert texts(base, path) == "Der gute Absatz."


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OSError(5, "Input/output error"), "Lesen nicht möglich: Fehler des Datenträgers."), (RuntimeError("Fehler"), UNEXPECTED)],
)
def test_an_error_nobody_foresaw_fails_one_file_only(
    folder: Path, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def refuse(blocks: Sequence[Block], sizes: ChunkSizes, title: str) -> list[PassageDraft]:
        if title == "Schlecht":
            raise error
        return chunk(blocks, sizes, title)

    monkeypatch.setattr(pipeline, "chunk", refuse)
    (folder / "schlecht.txt").write_text("Ein Absatz.")
    (folder / "zuletzt.txt").write_text("Ein anderer Absatz.")
    report = run(folder, base)
    assert states(report) == {"schlecht.txt": State.FAILED, "zuletzt.txt": State.INDEXED}
    assert (report.files[0].reason or "").startswith(reason)


def test_an_error_of_the_knowledge_base_ends_the_run(
    folder: Path, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise KnowledgeBaseDamaged("Die Platte ist voll.")

    monkeypatch.setattr(base, "put", refuse)
    (folder / "a.txt").write_text("Ein Absatz.")
    with pytest.raises(KnowledgeBaseDamaged):
        run(folder, base)


def test_the_knowledge_base_and_what_is_named_are_not_taken_in(folder: Path) -> None:
    (folder / "a.txt").write_text("Ein Absatz.")
    (folder / "bericht.json").write_text("{}")
    with KnowledgeBase(folder / "wissen") as base:
        (folder / "wissen" / "fremd.txt").write_text("Kein Dokument.")
        report = ingest([folder], base, embedder=None, without=[folder / "bericht.json"])
    assert states(report) == {"a.txt": State.INDEXED}


def test_pruning_removes_what_vanished_under_the_given_paths_only(folder: Path, base: KnowledgeBase, tmp_path: Path) -> None:
    other = tmp_path / "andere"
    other.mkdir()
    for path in (folder / "a.txt", folder / "b.txt", other / "c.txt"):
        path.write_text(f"Ein Absatz in {path.name}.")
    ingest([folder, other], base, embedder=None)
    (folder / "a.txt").unlink()
    (other / "c.txt").unlink()
    assert run(folder, base).pruned == ()
    report = run(folder, base, prune=True)
    assert report.pruned == (str(folder / "a.txt"),)
    assert report.to_json()["pruned"] == [str(folder / "a.txt")]
    assert sorted(Path(document.location).name for document in base.documents()) == ["b.txt", "c.txt"]


def test_a_folder_that_is_gone_itself_removes_nothing(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Ein Absatz.")
    run(folder, base)
    shutil.rmtree(folder)
    report = run(folder, base, prune=True)
    assert states(report) == {"ablage": State.FAILED}
    assert len(list(base.documents())) == 1


def test_a_folder_without_any_file_removes_nothing_and_says_so(folder: Path, base: KnowledgeBase, tmp_path: Path) -> None:
    (folder / "netz").mkdir()
    for path in (folder / "a.txt", folder / "b.txt", folder / "netz" / "c.txt"):
        path.write_text(f"Ein Absatz in {path.name}.")
    run(folder, base)
    (folder / "a.txt").unlink()
    (folder / "netz" / "c.txt").unlink()
    report = ingest([folder, folder / "netz"], base, embedder=None, prune=True)
    assert report.pruned == (str(folder / "a.txt"),)
    assert report.notices[0].startswith(f"Unter „{folder / 'netz'}“ liegt keine lesbare Datei – 1 Dokument von dort bleibt in")
    assert sorted(Path(document.location).name for document in base.documents()) == ["b.txt", "c.txt"]


def test_a_file_that_changes_while_it_is_parsed_is_not_indexed_half(
    folder: Path, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.txt"
    path.write_text("Ein Absatz.")
    monkeypatch.setattr(pipeline, "is_unchanged", lambda *_: False)
    report = run(folder, base)
    assert states(report) == {"a.txt": State.FAILED}
    assert "wird gerade geändert" in (report.files[0].reason or "")
    assert list(base.documents()) == []


class Listener:
    def __init__(self) -> None:
        self.told: list[object] = []

    def offered(self, total: int) -> None:
        self.told.append(total)

    def finished(self, report: FileReport) -> None:
        self.told.append(report.state)

    def embedded(self, done: int, total: int) -> None:
        self.told.append((done, total))

    def publishing(self) -> None:
        self.told.append("publishing")


def test_progress_is_told_and_passages_get_vectors(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Ein Absatz.")
    listener = Listener()
    report = ingest([folder], base, embedder=HashedWordsEmbedder(), progress=listener)
    assert listener.told == [1, State.INDEXED, (0, 1), (1, 1), "publishing"]
    assert (report.embedded, report.notices, report.generation) == (1, (), 1)


def test_pages_and_headings_arrive_in_the_knowledge_base(folder: Path, base: KnowledgeBase, study: Path) -> None:
    shutil.copy(study, folder / "studie.pdf")
    run(folder, base)
    (document,) = base.documents()
    assert document.metadata.title == "Beschäftigte gewinnen und halten"
    assert document.metadata.authors == ("Redaktion Zukunfts-HUB",)
    assert (document.metadata.year, document.metadata.language) == (2025, "de")
    passage = next(p for p in base._catalogue.passages() if p.heading_path[-1:] == ("1.1 Förderung",))
    assert passage.heading_path == ("1 Ausgangslage", "1.1 Förderung")
    assert passage.pages[0].label_source == "page_labels"


def test_entries_of_an_evaluation_corpus_become_documents(base: KnowledgeBase) -> None:
    entries = [("7", "Schichtplan", "Ein Absatz.\n\nNoch einer."), ("8", "Nur ein Titel", ""), ("9", "", "")]
    report = index_texts(entries, base, embedder=HashedWordsEmbedder())
    assert [(file.path, file.state) for file in report.files] == [
        ("7", State.INDEXED), ("8", State.INDEXED), ("9", State.SKIPPED),
    ]  # fmt: skip
    document = base.find_by_location("7")
    assert document and document.metadata.title == "Schichtplan"
    assert report.embedded == 2


def test_what_an_older_reader_read_is_read_again_and_keeps_its_id(
    folder: Path, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.txt").write_text("Der Betriebsrat bestimmt mit.")
    with monkeypatch.context() as earlier:
        earlier.setattr(pipeline, "READING", pipeline.READING - 1)
        run(folder, base)
    before = base.find_by_location(str(folder / "a.txt"))
    assert before is not None
    assert states(run(folder, base)) == {"a.txt": State.INDEXED}
    after = base.find_by_location(str(folder / "a.txt"))
    assert after is not None
    assert (after.id, after.reading) == (before.id, pipeline.READING)
    assert states(run(folder, base)) == {"a.txt": State.UNCHANGED}


def test_everything_is_read_again_on_demand(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Der Betriebsrat bestimmt mit.")
    (folder / "b.txt").write_text("Der Betriebsrat bestimmt mit.")
    run(folder, base)
    report = ingest([folder], base, embedder=None, reread=True)
    assert states(report) == {"a.txt": State.INDEXED, "b.txt": State.DUPLICATE}


def test_a_password_that_was_handed_in_opens_a_protected_file(folder: Path, base: KnowledgeBase, locked: Path) -> None:
    shutil.copy(locked, folder / "verschlossen.pdf")
    assert states(ingest([folder], base, embedder=None, passwords=("falsch",))) == {"verschlossen.pdf": State.FAILED}
    assert states(ingest([folder], base, embedder=None, passwords=("falsch", "geheim"))) == {"verschlossen.pdf": State.INDEXED}


def test_the_report_keeps_the_order_in_which_files_were_offered(folder: Path, base: KnowledgeBase) -> None:
    for number in range(12):
        (folder / f"{number:02}.txt").write_text(f"Absatz {number} " * (1 + 400 * (number % 3 == 0)))
    assert [Path(file.path).name for file in run(folder, base).files] == [f"{number:02}.txt" for number in range(12)]


def test_the_newer_edition_is_linked_and_the_run_says_so(folder: Path, base: KnowledgeBase) -> None:
    text = " ".join(f"Satz {number} über Schichtplanung und Beteiligung im Betrieb." for number in range(80))
    for year in (2021, 2024):
        (folder / f"leitfaden-{year}.md").write_text(
            f"---\ntitle: Leitfaden Schichtplanung\nyear: {year}\n---\n{text} Stand {year}."
        )
    report = run(folder, base)
    older, newer = (base.find_by_location(str(folder / f"leitfaden-{year}.md")) for year in (2021, 2024))
    assert older is not None
    assert newer is not None
    assert (older.newer_edition, newer.newer_edition) == (newer.id, None)
    assert any("euere Ausgabe" in notice for notice in report.notices)


def test_a_folder_that_is_empty_now_may_be_a_share_and_removes_nothing(folder: Path, base: KnowledgeBase) -> None:
    share = folder / "freigabe"
    share.mkdir()
    for path in (folder / "a.txt", share / "b.txt", share / "c.txt"):
        path.write_text(f"Ein Absatz namens {path.stem} über Schichten.")
    run(folder, base)
    (share / "b.txt").unlink()
    (share / "c.txt").unlink()
    report = run(folder, base, prune=True)
    assert report.pruned == ()
    assert any("2 Dokumente von dort bleiben" in notice for notice in report.notices)
    share.rmdir()
    assert len(run(folder, base, prune=True).pruned) == 2


def test_what_is_certainly_gone_is_removed_although_nothing_is_left(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Der Betriebsrat bestimmt mit.")
    run(folder, base)
    (folder / "a.txt").unlink()
    assert run(folder, base, prune=True).pruned == ()
    report = ingest([folder], base, embedder=None, prune=True, is_certain=True)
    assert report.pruned == (str(folder / "a.txt"),)


def test_files_seen_to_disappear_are_removed_and_no_others(folder: Path, base: KnowledgeBase) -> None:
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_text(f"Ein Absatz namens {name} über Schichten.")
    run(folder, base)
    (folder / "a.txt").unlink()
    (folder / "b.txt").unlink()
    report = ingest([], base, embedder=None, gone=[folder / "a.txt", folder / "c.txt", folder / "nie-da.txt"])
    assert report.pruned == (str(folder / "a.txt"),)
    assert base.find_by_location(str(folder / "b.txt")) is not None


def test_folders_inside_folders_without_end_cost_no_other_file(folder: Path, base: KnowledgeBase) -> None:
    (folder / "a.txt").write_text("Der Betriebsrat bestimmt mit.")
    deep = folder
    for _ in range(260):
        deep = deep / "t"
        deep.mkdir()
    report = run(folder, base)
    assert sorted(states(report).values()) == [State.FAILED, State.INDEXED]
    assert any("verschachtelt" in (file.reason or "") for file in report.files)
