from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.sources import CHANGING, locate, take_snapshot, walk
from search_service.errors import UnreadableDocument


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"Inhalt von {name}", "utf-8")


def names(root: Path) -> list[str]:
    return [offer.path.relative_to(root).as_posix() for offer in walk([root]) if offer.problem is None]


def test_files_come_folder_by_folder_in_the_order_of_names(tmp_path: Path) -> None:
    fill(tmp_path, "b.txt", "a/z.pdf", "a/c.unbekannt", "C.txt")
    assert names(tmp_path) == ["C.txt", "a/c.unbekannt", "a/z.pdf", "b.txt"]


def test_hidden_files_sidecars_and_leftovers_are_not_offered(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "studie.pdf",
        "studie.pdf.meta.yaml",
        "~$brief.docx",
        ".DS_Store",
        ".git/x.txt",
        "Thumbs.db",
        "a.txt~",
        "b.tmp",
    )
    assert names(tmp_path) == ["studie.pdf"]


def test_an_ignore_file_counts_from_its_folder_down(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "tief/a.txt", "tief/b.txt", "tief/weg/c.txt")
    (tmp_path / "tief/.ingestignore").write_text("a.txt\nweg/\n")
    assert names(tmp_path) == ["a.txt", "tief/b.txt"]


def test_a_file_named_twice_is_offered_once(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b.txt")
    offers = list(walk([tmp_path / "b.txt", tmp_path, tmp_path / "a.txt"]))
    assert [offer.path.name for offer in offers] == ["b.txt", "a.txt"]


def test_what_is_to_be_left_out_is_not_offered_even_through_a_link(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "wissen/originals/b.txt", "wissenswert.txt", "bericht.json")
    (tmp_path / "umweg").symlink_to(tmp_path / "wissen")
    without = [tmp_path / "wissen", tmp_path / "bericht.json"]
    assert [offer.path.name for offer in walk([tmp_path], without)] == ["a.txt", "wissenswert.txt"]
    assert list(walk([tmp_path / "bericht.json"], without)) == []


def test_a_folder_asked_for_inside_what_is_left_out_is_walked(tmp_path: Path) -> None:
    fill(tmp_path, "ablage/a.txt")
    assert [offer.path.name for offer in walk([tmp_path / "ablage"], [tmp_path])] == ["a.txt"]


def test_a_location_has_no_steps_upwards_and_keeps_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "ordner/a.txt")
    (tmp_path / "link").symlink_to(tmp_path / "ordner")
    monkeypatch.chdir(tmp_path / "ordner")
    assert locate(Path("../ordner/./a.txt")) == tmp_path / "ordner/a.txt"
    assert locate(tmp_path / "link/a.txt") == tmp_path / "link/a.txt"


def test_a_missing_path_is_a_failure(tmp_path: Path) -> None:
    (offer,) = walk([tmp_path / "fehlt.pdf"])
    assert offer.is_failure
    assert offer.problem == "Die Datei oder der Ordner ist nicht vorhanden. Bitte den Pfad prüfen."


def test_a_link_to_a_folder_above_is_reported_and_not_followed_for_ever(tmp_path: Path) -> None:
    fill(tmp_path, "ordner/a.txt")
    (tmp_path / "ordner/oben").symlink_to(tmp_path)
    offers = {offer.path.relative_to(tmp_path).as_posix(): offer for offer in walk([tmp_path])}
    assert offers["ordner/a.txt"].problem is None
    loop = offers["ordner/oben"]
    assert loop.problem is not None and "im Kreis" in loop.problem and not loop.is_failure


def test_links_to_nothing_and_to_themselves_are_failures(tmp_path: Path) -> None:
    (tmp_path / "leer").symlink_to(tmp_path / "nirgends")
    (tmp_path / "selbst").symlink_to(tmp_path / "selbst")
    problems = {offer.path.name: offer.problem or "" for offer in walk([tmp_path])}
    assert "zeigt ins Leere" in problems["leer"]
    assert "im Kreis" in problems["selbst"]


def test_an_unreadable_folder_is_reported_and_the_rest_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "offen/a.txt", "zu/b.txt")
    scan: Callable[..., object] = os.scandir

    def refuse(folder: Path) -> object:
        if Path(folder).name == "zu":
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    offers = list(walk([tmp_path]))
    assert [(offer.path.name, offer.is_failure) for offer in offers if offer.problem] == [("zu", True)]
    assert [offer.path.name for offer in offers if not offer.problem] == ["a.txt"]


def test_a_pipe_is_skipped_without_opening_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "leitung")
    (offer,) = walk([tmp_path])
    assert offer.problem is not None and not offer.is_failure


def test_the_hash_covers_file_and_sidecar(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b.txt")
    (tmp_path / "b.txt").write_bytes((tmp_path / "a.txt").read_bytes())
    assert take_snapshot(tmp_path / "a.txt").content_hash == take_snapshot(tmp_path / "b.txt").content_hash
    (tmp_path / "b.meta.yaml").write_text("title: B")
    changed = take_snapshot(tmp_path / "b.txt")
    assert changed.content_hash != take_snapshot(tmp_path / "a.txt").content_hash
    assert changed.sidecar == b"title: B"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "leer.pdf").touch()
    with pytest.raises(UnreadableDocument, match="leer"):
        take_snapshot(tmp_path / "leer.pdf")


class Growing:
    """A path whose file grows each time it is opened, as many times as asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, times: int) -> None:
        original = Path.open

        def open_and_grow(self: Path, mode: str = "r") -> object:
            nonlocal times
            if self == path and times > 0:
                times -= 1
                with original(self, "ab") as file:
                    file.write(b" mehr")
            return original(self, mode)

        monkeypatch.setattr(Path, "open", open_and_grow)


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a.txt")
    Growing(monkeypatch, tmp_path / "a.txt", 1)
    assert take_snapshot(tmp_path / "a.txt").size == (tmp_path / "a.txt").stat().st_size


def test_a_file_that_goes_on_changing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a.txt")
    Growing(monkeypatch, tmp_path / "a.txt", 9)
    with pytest.raises(UnreadableDocument) as caught:
        take_snapshot(tmp_path / "a.txt")
    assert str(caught.value) == CHANGING
