"""Drawn pages on disk: what is kept, what goes first, and what happens where nothing can be kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.page_image_cache import ABANDONED, BLOCK, USE_GRAIN, PageImage, PageImageCache

PAGE = PageImage("a" * 64, 3, 960)


def make_webp(size: int = 100) -> bytes:
    """Return bytes with the header of a WebP file of this size."""
    return b"RIFF" + (size - 8).to_bytes(4, "little") + b"WEBP" + bytes(size - 12)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def age(folder: Path, image: PageImage, seconds: float) -> Path:
    (path,) = (folder / image.content_hash).glob(f"{image.page}-{image.width}.*")
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_a_picture_lies_under_the_hash_of_its_document(tmp_path: Path) -> None:
    cache = PageImageCache(tmp_path / "kb" / "page-images")
    assert cache.read(PAGE) is None
    cache.store(PAGE, make_webp())
    assert cache.read(PAGE) == make_webp()
    assert files(tmp_path) == [f"kb/page-images/{'a' * 64}/3-960.v1.webp"]
    assert PageImageCache(tmp_path / "kb" / "page-images").read(PAGE) == make_webp()  # and outlives the process


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 20), st.sampled_from((480, 960))), min_size=2, max_size=2))
def test_pictures_have_the_same_name_and_etag_only_if_they_are_the_same(named: list[tuple[str, int, int]]) -> None:
    first, second = (PageImage(letter * 64, page, width) for letter, page, width in named)
    assert (first.etag == second.etag) == (first == second)
    assert first.etag.startswith('"')
    assert first.etag.endswith('"')


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    cache = PageImageCache(tmp_path, most_bytes=10 * BLOCK)
    images = [PageImage(f"{number:064x}", 1, 480) for number in range(10)]
    for number, image in enumerate(images):
        cache.store(image, make_webp())
        age(tmp_path, image, 100_000 - number)
    assert all((tmp_path / image.content_hash).is_dir() for image in images)
    assert cache.read(images[0]) == make_webp()  # now the one used last
    cache.store(PAGE, make_webp())
    kept = [image for image in [*images, PAGE] if cache.read(image)]
    assert kept == [images[0], *images[3:], PAGE]
    assert not (tmp_path / images[1].content_hash).exists()  # its folder went with it


def test_however_many_are_stored_the_bound_holds(tmp_path: Path) -> None:
    cache = PageImageCache(tmp_path, most_bytes=20 * BLOCK)
    for number in range(60):
        cache.store(PageImage(f"{number % 7:064x}", number, 480), make_webp(BLOCK + 1 if number % 3 else 50))
        assert sum(-(-path.stat().st_size // BLOCK) * BLOCK for path in tmp_path.rglob("*.webp")) <= 20 * BLOCK
    assert len(files(tmp_path)) > 5


def test_what_another_process_left_counts_too(tmp_path: Path) -> None:
    PageImageCache(tmp_path).store(PAGE, make_webp(30 * BLOCK))
    age(tmp_path, PAGE, 1000)
    cache = PageImageCache(tmp_path, most_bytes=20 * BLOCK)
    new = PageImage("b" * 64, 1, 480)
    cache.store(new, make_webp())
    assert cache.read(PAGE) is None
    assert cache.read(new) == make_webp()


def test_a_use_is_noted_but_not_each(tmp_path: Path) -> None:
    cache = PageImageCache(tmp_path)
    cache.store(PAGE, make_webp())
    before = age(tmp_path, PAGE, USE_GRAIN / 2).stat().st_mtime
    cache.read(PAGE)
    assert age_of(tmp_path) == before
    age(tmp_path, PAGE, USE_GRAIN * 2)
    cache.read(PAGE)
    assert time.time() - age_of(tmp_path) < USE_GRAIN


def age_of(folder: Path) -> float:
    (path,) = folder.rglob("*.webp")
    return path.stat().st_mtime


@pytest.mark.parametrize("content", [b"", b"RIFF", make_webp()[:-1], make_webp() + b"x", b"<html>", bytes(100)])
def test_what_is_not_whole_is_not_handed_out(tmp_path: Path, content: bytes) -> None:
    cache = PageImageCache(tmp_path)
    cache.store(PAGE, make_webp())
    (path,) = tmp_path.rglob("*.webp")
    path.write_bytes(content)
    assert cache.read(PAGE) is None
    cache.store(PAGE, make_webp())
    assert cache.read(PAGE) == make_webp()


def test_what_a_process_that_died_wrote_aside_is_cleared_away(tmp_path: Path) -> None:
    cache = PageImageCache(tmp_path, most_bytes=3 * BLOCK)
    cache.store(PAGE, make_webp())
    for name, seconds in ((".alt.new", ABANDONED * 2), (".neu.new", 0.0)):
        path = tmp_path / PAGE.content_hash / name
        path.write_bytes(b"halb")
        os.utime(path, (time.time() - seconds,) * 2)
    for number in range(4):
        cache.store(PageImage("b" * 64, number, 480), make_webp())
    assert not (tmp_path / PAGE.content_hash / ".alt.new").exists()


def test_where_nothing_can_be_written_only_the_log_learns_of_it_and_once(tmp_path: Path, caplog) -> None:
    (tmp_path / "page-images").write_text("eine Datei, wo der Ordner sein soll")
    cache = PageImageCache(tmp_path / "page-images")
    for number in range(3):
        cache.store(PageImage("a" * 64, number, 480), make_webp())
        assert cache.read(PageImage("a" * 64, number, 480)) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(tmp_path) not in caplog.text
