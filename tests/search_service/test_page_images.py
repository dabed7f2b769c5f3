"""Pages as pictures: drawn once however many ask, refused in plain words, and never too many at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search_service.errors import (
    ChangeWissenError,
    NotFound,
    NothingToIndex,
    ProtectedDocument,
    ServiceBusy,
    UnreadableDocument,
)
from search_service.page_image_cache import PageImage, PageImageCache
from search_service.page_images import MOST_REFUSALS, MOST_WAITING, REFUSAL_SECONDS, PageImages, find_image
from tests.search_service.small_library import CASE, GUIDE, TEXT
from tests.search_service.test_page_image_cache import make_webp

PAGE = PageImage("a" * 64, 3, 960)
FILE = Path("irgendwo")


class Drawer:
    """Draws what it is told to, or fails as it is told to, and keeps count."""

    def __init__(self, draw: Callable[[int], bytes] = lambda page: make_webp(100 + page)) -> None:
        self.calls: list[tuple[Path, int, int]] = []
        self._draw = draw

    def render(self, file: Path, page: int, width: int) -> bytes:
        self.calls.append((file, page, width))
        return self._draw(page)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(error: Exception) -> Callable[[int], bytes]:
    def draw(_page: int) -> bytes:
        raise error

    return draw


def test_a_page_is_drawn_once_and_then_read(tmp_path: Path) -> None:
    drawer = Drawer()
    images = PageImages(drawer, PageImageCache(tmp_path))
    assert images.draw(PAGE, FILE) == images.draw(PAGE, FILE) == make_webp(103)
    assert drawer.calls == [(FILE, 3, 960)]


def test_without_a_place_to_keep_it_a_page_is_drawn_each_time(tmp_path: Path) -> None:
    (tmp_path / "belegt").touch()
    drawer = Drawer()
    images = PageImages(drawer, PageImageCache(tmp_path / "belegt"))
    assert images.draw(PAGE, FILE) == images.draw(PAGE, FILE) == make_webp(103)
    assert len(drawer.calls) == 2


def test_who_asks_for_the_same_page_at_once_waits_for_one_drawing(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def draw(page: int) -> bytes:
        begun.set()
        assert go_on.wait(20)
        return make_webp(100 + page)

    drawer = Drawer(draw)
    images = PageImages(drawer, PageImageCache(tmp_path))
    with ThreadPoolExecutor(10) as threads:
        asked = [threads.submit(images.draw, PAGE, FILE) for _ in range(10)]
        assert begun.wait(20)
        go_on.set()
        assert {each.result(20) for each in asked} == {make_webp(103)}
    assert len(drawer.calls) == 1


def test_all_who_wait_for_a_page_that_fails_learn_why(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def draw(_page: int) -> bytes:
        begun.set()
        assert go_on.wait(20)
        raise UnreadableDocument("kaputt")

    drawer = Drawer(draw)
    images = PageImages(drawer, PageImageCache(tmp_path))
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(images.draw, PAGE, FILE) for _ in range(4)]
        assert begun.wait(20)
        go_on.set()
        assert all(isinstance(each.exception(20), NotFound) for each in asked)
    assert len(drawer.calls) == 1


def test_who_comes_when_too_many_wait_is_told_to_come_again_at_once(tmp_path: Path) -> None:
    waiting, go_on = threading.Semaphore(0), threading.Event()

    def draw(page: int) -> bytes:
        waiting.release()
        assert go_on.wait(20)
        return make_webp(100 + page)

    images = PageImages(Drawer(draw), cache := PageImageCache(tmp_path))
    cache.store(PAGE, make_webp())
    with ThreadPoolExecutor(MOST_WAITING) as threads:
        asked = [threads.submit(images.draw, PageImage("b" * 64, page, 480), FILE) for page in range(1, MOST_WAITING + 1)]
        for _ in asked:
            assert waiting.acquire(timeout=20)
        with pytest.raises(ServiceBusy):
            images.draw(PageImage("c" * 64, 1, 480), FILE)
        assert images.draw(PAGE, FILE) == make_webp()  # what is kept needs no drawing
        go_on.set()
        assert all(each.result(20) for each in asked)
    assert images.draw(PageImage("c" * 64, 1, 480), FILE)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotFound("No"), "Eine Seite 3 hat dieses Dokument nicht"),
        (ProtectedDocument("--password-file"), "mit einem Passwort geschützt"),
        (UnreadableDocument("länger als 10 Sekunden"), "beschädigt oder zu aufwendig"),
        (NothingToIndex("Unbekanntes Format"), "beschädigt oder zu aufwendig"),
    ],
)
def test_a_reader_learns_what_he_can_do_and_the_page_is_not_tried_again_for_a_while(
    tmp_path: Path, error: ChangeWissenError, told: str
) -> None:
    clock, drawer = Clock(), Drawer(fail(error))
    images = PageImages(drawer, PageImageCache(tmp_path), clock)
    for _ in range(3):
        with pytest.raises(NotFound, match=told) as raised:
            images.draw(PAGE, FILE)
        assert str(error) not in str(raised.value)
    assert len(drawer.calls) == 1
    clock.now = REFUSAL_SECONDS + 1
    with pytest.raises(NotFound):
        images.draw(PAGE, FILE)
    assert len(drawer.calls) == 2


@pytest.mark.parametrize("error", [ServiceBusy("Bitte warten."), OSError(12, "Cannot allocate memory")])
def test_what_passes_by_itself_is_tried_again(tmp_path: Path, error: Exception) -> None:
    drawer = Drawer(fail(error))
    images = PageImages(drawer, PageImageCache(tmp_path))
    for _ in range(MOST_WAITING + 1):
        with pytest.raises(ServiceBusy):
            images.draw(PAGE, FILE)
    assert len(drawer.calls) == MOST_WAITING + 1


def test_failures_are_not_remembered_without_end(tmp_path: Path) -> None:
    images = PageImages(Drawer(fail(UnreadableDocument("kaputt"))), PageImageCache(tmp_path))
    for page in range(MOST_REFUSALS + 10):
        with pytest.raises(NotFound):
            images.draw(PageImage("a" * 64, page, 480), FILE)
    assert len(images._refusals) == MOST_REFUSALS


def test_a_fault_in_drawing_leaves_nothing_behind(tmp_path: Path) -> None:
    images = PageImages(Drawer(fail(RuntimeError("Fehler"))), PageImageCache(tmp_path))
    for _ in range(MOST_WAITING + 1):
        with pytest.raises(RuntimeError):
            images.draw(PAGE, FILE)
    assert images._under_way == {}


def test_only_pages_that_there_are_have_a_picture(searcher) -> None:
    guide = searcher.library.document(GUIDE)
    assert find_image(guide, 16, 480) == PageImage(guide.content_hash, 16, 480)
    for page in (0, -1, 17, 10**30):
        with pytest.raises(NotFound, match="hat die Seiten 1 bis 16"):
            find_image(guide, page, 480)
    for document_id in (CASE, TEXT):
        with pytest.raises(NotFound, match="PDF, JPEG, PNG und TIFF"):
            find_image(searcher.library.document(document_id), 1, 480)
