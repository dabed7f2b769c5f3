"""Pages as pictures, drawn by real confined processes from real files."""

from __future__ import annotations

import io
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from PIL import Image, ImageDraw

from ingest import page_images
from ingest.confined import extract_file
from ingest.page_images import DRAWING_LIMITS, ConfinedPages
from search_service.errors import NotFound, ProtectedDocument, ServiceBusy, UnreadableDocument

HOSTILE = Path(__file__).parents[2] / "../shared/documents/hostile"
# A red square of 30 x 40 mm, 10 mm from the left and 20 mm from the top of a page of 100 x 200 mm.
SQUARE = """#set page(width: 100mm, height: 200mm, margin: 0mm)
#place(dx: 10mm, dy: 20mm, rect(width: 30mm, height: 40mm, fill: rgb("#ff0000"), stroke: none))"""
RED, WHITE = (255, 0, 0), (255, 255, 255)


@pytest.fixture(scope="module")
def pages() -> Iterator[ConfinedPages]:
    with ConfinedPages(processes=1) as pages:
        yield pages


def look(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "WEBP"
    return image.convert("RGB")


def is_lossless(data: bytes) -> bool:
    return data[12:16] == b"VP8L"  # RFC 9649, 2.6


def change(path: Path, target: Path, how: Callable[[pypdf.PageObject], object]) -> Path:
    """Write `path` with its first page changed."""
    writer = pypdf.PdfWriter(clone_from=path)
    how(writer.pages[0])
    writer.write(target)
    return target


def write_blank(path: Path, wide: float, high: float) -> Path:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(wide, high)
    writer.write(path)
    return path


def test_a_page_looks_as_it_is_printed(pages: ConfinedPages, typeset: Callable[[str], Path]) -> None:
    image = look(pages.render(typeset(SQUARE), 1, 480))  # 4.8 pixels a millimetre
    assert image.size == (480, 960)
    for place, colour in {
        (25, 40): RED,
        (11, 21): RED,
        (39, 59): RED,
        (9, 40): WHITE,
        (41, 40): WHITE,
        (25, 61): WHITE,
    }.items():
        assert image.getpixel((place[0] * 4.8, place[1] * 4.8)) == colour, place


@pytest.mark.parametrize("width", [480, 960, 1440])
def test_every_page_is_as_wide_as_asked_for(pages: ConfinedPages, study: Path, width: int) -> None:
    for number in (1, 4):
        image = look(pages.render(study, number, width))
        assert image.width == width
        assert abs(image.height - width * 210 / 148) < 2  # the study is set on A5


def test_a_page_is_shown_turned_and_cropped_as_a_viewer_shows_it(
    pages: ConfinedPages, typeset: Callable[[str], Path], tmp_path: Path
) -> None:
    turned = look(pages.render(change(typeset(SQUARE), tmp_path / "a.pdf", lambda page: page.rotate(90)), 1, 960))
    assert turned.size == (960, 480)
    assert turned.getpixel(((200 - 40) * 4.8, 25 * 4.8)) == RED

    def crop(page: pypdf.PageObject) -> None:
        page.cropbox.upper_right = (page.mediabox.right / 2, page.mediabox.top)

    cropped = look(pages.render(change(typeset(SQUARE), tmp_path / "b.pdf", crop), 1, 480))  # the left half: 9.6 pixels a mm
    assert cropped.size == (480, 1920)
    assert cropped.getpixel((25 * 9.6, 40 * 9.6)) == RED


def test_what_is_read_stands_where_its_place_says(pages: ConfinedPages, study: Path) -> None:
    drawn = {number: look(pages.render(study, number, 960)).convert("L") for number in range(1, 5)}
    checked = 0
    for block in extract_file(study).blocks:
        for place in block.places:
            image = drawn[block.page or 0]
            edges = (place.left * image.width, place.top * image.height, place.right * image.width, place.bottom * image.height)
            inside = image.crop(tuple(map(round, edges)))
            assert min(inside.tobytes()) < 128, (block.text, place)
            checked += 1
    assert checked > 20


def test_print_is_kept_without_loss_and_a_photograph_is_not(pages: ConfinedPages, study: Path, tmp_path: Path) -> None:
    assert is_lossless(pages.render(study, 3, 960))
    noise = tmp_path / "rauschen.png"
    Image.frombytes("RGB", (960, 1200), os.urandom(960 * 1200 * 3)).save(noise)
    photograph = pages.render(noise, 1, 960)
    assert not is_lossless(photograph)
    assert len(photograph) < 960 * 1200 * 3 / 2


def test_a_page_of_ten_metres_gives_a_picture_of_ordinary_size(pages: ConfinedPages, tmp_path: Path) -> None:
    assert look(pages.render(write_blank(tmp_path / "plakat.pdf", 14400 * 2, 14400 * 2), 1, 480)).size == (480, 480)
    assert look(pages.render(write_blank(tmp_path / "banner.pdf", 20, 28800), 1, 480)).size == (2, 1920)
    assert look(pages.render(write_blank(tmp_path / "streifen.pdf", 28800, 20), 1, 480)).size == (480, 1)


def test_a_page_that_is_not_there_is_not_found(pages: ConfinedPages, study: Path, tmp_path: Path) -> None:
    for number in (0, -1, 5, 10**12):
        with pytest.raises(NotFound):
            pages.render(study, number, 480)
    (tmp_path / "a.txt").write_text("Ein Text hat keine Seiten.")
    with pytest.raises(NotFound, match="keine Seiten"):
        pages.render(tmp_path / "a.txt", 1, 480)


def test_a_locked_file_opens_with_its_password_only(pages: ConfinedPages, locked: Path) -> None:
    with pytest.raises(ProtectedDocument):
        pages.render(locked, 1, 480)
    with ConfinedPages(processes=1, passwords=("falsch", "geheim")) as knowing:
        assert look(knowing.render(locked, 1, 480)).width == 480


def test_the_file_may_be_without_ending_as_in_the_knowledge_base(pages: ConfinedPages, study: Path, tmp_path: Path) -> None:
    (tmp_path / "0123").write_bytes(study.read_bytes())
    assert pages.render(tmp_path / "0123", 1, 480) == pages.render(study, 1, 480)


def mark_corner(size: tuple[int, int]) -> Image.Image:
    """Return a white picture with a red upper left corner."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    return image


def test_a_scanned_picture_is_its_own_page(pages: ConfinedPages, tmp_path: Path) -> None:
    first, second = mark_corner((1000, 1500)), Image.new("RGB", (1500, 1000), "white")
    first.save(tmp_path / "a.tiff", save_all=True, append_images=[second])
    assert look(pages.render(tmp_path / "a.tiff", 1, 480)).size == (480, 720)
    assert look(pages.render(tmp_path / "a.tiff", 2, 480)).size == (480, 320)
    with pytest.raises(NotFound):
        pages.render(tmp_path / "a.tiff", 3, 480)
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held upright: to be turned by 90 degrees clockwise
    mark_corner((1500, 1000)).save(tmp_path / "a.jpg", exif=turned)
    photograph = look(pages.render(tmp_path / "a.jpg", 1, 480))
    assert photograph.size == (480, 720)
    assert photograph.getpixel((470, 10))[1] < 60 < photograph.getpixel((10, 10))[1]  # red to the right


def test_odd_kinds_of_pixels_come_out_on_white(pages: ConfinedPages, tmp_path: Path) -> None:
    Image.new("RGBA", (500, 500), (0, 0, 0, 0)).save(tmp_path / "durchsichtig.png")
    assert look(pages.render(tmp_path / "durchsichtig.png", 1, 480)).getpixel((5, 5)) == WHITE
    deep = Image.new("I;16", (500, 500), 0)
    deep.paste(40_000, (0, 0, 250, 500))
    deep.save(tmp_path / "tief.png")
    drawn = look(pages.render(tmp_path / "tief.png", 1, 480))
    assert drawn.getpixel((50, 50)) == WHITE
    assert drawn.getpixel((400, 50)) == (0, 0, 0)
    Image.new("1", (500, 500), 1).save(tmp_path / "strich.tiff")
    assert look(pages.render(tmp_path / "strich.tiff", 1, 480)).getpixel((5, 5)) == WHITE
    Image.new("CMYK", (500, 500), (0, 255, 255, 0)).save(tmp_path / "druck.jpg")
    red, green, _ = look(pages.render(tmp_path / "druck.jpg", 1, 480)).getpixel((5, 5))
    assert red > 200
    assert green < 100


def test_damage_is_told_and_costs_that_page_only(pages: ConfinedPages, study: Path, tmp_path: Path) -> None:
    (tmp_path / "halb.pdf").write_bytes(study.read_bytes()[:900])
    (tmp_path / "halb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    for name in ("halb.pdf", "halb.png", "fehlt.pdf"):
        with pytest.raises(UnreadableDocument):
            pages.render(tmp_path / name, 1, 480)
        assert pages.render(study, 1, 480)


def test_a_hang_and_a_crash_cost_that_page_only(study: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hängt.pdf")  # reading it waits for a writer who never comes
    with ConfinedPages(replace(DRAWING_LIMITS, seconds=0.3), processes=1) as pages:
        (drawer,) = pages._pool._processes
        assert pages.render(study, 1, 480)
        with pytest.raises(UnreadableDocument, match="länger als"):
            pages.render(tmp_path / "hängt.pdf", 1, 480)
        drawer._limits = replace(DRAWING_LIMITS, seconds=20.0)
        assert pages.render(study, 1, 480)
        assassin = threading.Timer(0.3, drawer.kill)
        assassin.start()
        with pytest.raises(UnreadableDocument, match="Absturz"):
            pages.render(tmp_path / "hängt.pdf", 1, 480)
        assassin.join()
        assert pages.render(study, 1, 480)


def test_a_page_that_burns_processor_time_or_swells_is_given_up(tmp_path: Path, study: Path) -> None:
    Image.new("RGB", (8000, 8000)).save(tmp_path / "groß.png")
    with ConfinedPages(replace(DRAWING_LIMITS, memory_bytes=230_000_000), processes=1) as pages:
        with pytest.raises(UnreadableDocument, match=r"Arbeitsspeicher|beschädigt|Absturz"):
            pages.render(tmp_path / "groß.png", 1, 480)
        assert pages.render(study, 1, 480)
    with (
        ConfinedPages(replace(DRAWING_LIMITS, image_pixels=63_999_999), processes=1) as pages,
        pytest.raises(UnreadableDocument, match="Bildpunkte"),
    ):
        pages.render(tmp_path / "groß.png", 1, 480)
    busy = tmp_path / "viel.pdf"
    writer = pypdf.PdfWriter()
    content = pypdf.generic.StreamObject()
    content.set_data(b"0 0 600 800 re 10 10 580 780 re f*\n" * 400_000)
    writer.add_blank_page(600, 800)[pypdf.generic.NameObject("/Contents")] = writer._add_object(content)
    writer.write(busy)
    with (
        ConfinedPages(replace(DRAWING_LIMITS, cpu_seconds=0), processes=1) as pages,
        pytest.raises(UnreadableDocument, match="dauerte"),
    ):
        pages.render(busy, 1, 1440)


def test_the_process_is_confined_as_the_one_that_reads(study: Path) -> None:
    with ConfinedPages(processes=1) as pages:
        pages.render(study, 1, 480)
        (drawer,) = pages._pool._processes
        assert drawer._guards is not None
        assert sys.platform != "linux" or {"calls", "privileges"} <= drawer._guards


def test_many_threads_share_a_few_processes_which_end_with_the_pool(study: Path) -> None:
    with ConfinedPages(processes=2) as pages, ThreadPoolExecutor(8) as threads:
        asked = list(itertools.product((1, 2, 3, 4), (480, 960)))
        drawn = list(threads.map(lambda page_width: pages.render(study, *page_width), asked))
        assert [look(data).width for data in drawn] == [width for _, width in asked]
        drawers = pages._pool._processes
        assert len(drawers) == 2
        processes = [drawer._process for drawer in drawers if drawer._process]
        assert processes
    assert all(process.poll() is not None for process in processes)


def test_whose_turn_does_not_come_is_told_to_come_again(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_images, "WAIT_SECONDS", 0.05)
    os.mkfifo(tmp_path / "hängt.pdf")
    with ConfinedPages(processes=1) as pages:
        with pytest.raises(ServiceBusy):
            pages.render(tmp_path / "hängt.pdf", 1, 480)
        with pytest.raises(ServiceBusy):
            pages.render(study, 1, 480)


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the documents beside the checkout are not there")
def test_hostile_files_give_a_picture_or_a_reason(pages: ConfinedPages, study: Path) -> None:
    outcomes = []
    for path in sorted(HOSTILE.rglob("*.pdf")):
        try:
            image = look(pages.render(path, 1, 480))
            outcomes.append("picture")
            assert image.width <= 480
            assert image.height <= 4 * 480
        except ProtectedDocument:
            outcomes.append("protected")
        except UnreadableDocument as error:
            outcomes.append("unreadable")
            assert "Absturz" not in str(error), path.name
            assert "dauerte länger" not in str(error), path.name
        except NotFound:
            outcomes.append("no page")
    assert outcomes.count("picture") > len(outcomes) / 2
    assert outcomes.count("protected") >= 3
    assert pages.render(study, 1, 480)
