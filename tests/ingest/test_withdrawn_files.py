"""Files of withdrawn documents that are moved: their content is shown under no other name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from ingest.refused import WITHDRAWN
from ingest.report import Report, State
from search_service.knowledge_base.generation import load_newest_sound
from search_service.knowledge_base.store import KnowledgeBase


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ablage").mkdir()
    return tmp_path / "ablage"


@pytest.fixture
def base(folder: Path, tmp_path: Path) -> Iterator[KnowledgeBase]:
    """A knowledge base of a.md and b.md; the document of a.md is withdrawn."""
    (folder / "a.md").write_text("Der geheime Absatz.")
    (folder / "b.md").write_text("Der offene Absatz.")
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        run(folder, knowledge_base)
        knowledge_base.withdraw(find_id(knowledge_base, folder / "a.md"), "Enthielt Namen.")
        knowledge_base.publish()
        yield knowledge_base


def run(folder: Path, base: KnowledgeBase, *, reread: bool = False) -> Report:
    return ingest([folder], base, embedder=None, reread=reread)


def find_id(base: KnowledgeBase, path: Path) -> str:
    document = base.find_by_location(str(path))
    assert document is not None
    return document.id


def published(base: KnowledgeBase) -> list[str]:
    generation, _ = load_newest_sound(base.root)
    return [generation.text(row) for row in range(generation.manifest.passages)]


@pytest.mark.parametrize("reread", [False, True])
def test_moved_over_another_file_it_withdraws_the_document_of_that_file(
    folder: Path, base: KnowledgeBase, reread: bool
) -> None:
    assert published(base) == ["Der offene Absatz."]
    other = find_id(base, folder / "b.md")
    (folder / "a.md").replace(folder / "b.md")
    (file,) = run(folder, base, reread=reread).files
    assert (file.state, file.reason) == (State.INDEXED, WITHDRAWN)
    assert published(base) == []
    withdrawal = base.find_withdrawal(other)
    assert withdrawal is not None
    assert withdrawal.reason == "Enthielt Namen."
    assert [document.id for document in base.documents()] == [other]
    (folder / "b.md").write_text("Der offene Absatz.")
    base.restore(other)
    run(folder, base)
    assert published(base) == ["Der offene Absatz."]


def test_moved_to_a_new_name_it_stays_the_withdrawn_document(folder: Path, base: KnowledgeBase) -> None:
    document_id = find_id(base, folder / "a.md")
    (folder / "a.md").rename(folder / "c.md")
    run(folder, base)
    assert find_id(base, folder / "c.md") == document_id
    assert published(base) == ["Der offene Absatz."]


def test_a_file_moved_over_a_withdrawn_one_stays_withdrawn_and_others_are_left_alone(folder: Path, base: KnowledgeBase) -> None:
    (folder / "c.md").write_text("Ein dritter Absatz.")
    run(folder, base)
    (folder / "b.md").replace(folder / "a.md")
    run(folder, base)
    assert published(base) == ["Ein dritter Absatz."]
    assert len(base.withdrawn()) == 1


def test_a_run_killed_before_the_content_is_stored_shows_it_neither_then_nor_later(
    folder: Path, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (folder / "a.md").replace(folder / "b.md")
    for step in ("put", "remove"):
        with monkeypatch.context() as patch:
            patch.setattr(KnowledgeBase, step, die)
            with pytest.raises(KeyboardInterrupt):
                run(folder, base)
        base.publish()
        assert published(base) == []
    run(folder, base)
    assert published(base) == []
