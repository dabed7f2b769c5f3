from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ingest.blocks import BlockKind
from ingest.confined import ConfinedExtractor
from ingest.extract.image import extract_image, guess_dpi
from ingest.extract.layout import Word
from ingest.extract.ocr import NO_TEXT, OcrPage, find_ocr
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import NothingToIndex, UnreadableDocument

ORDINALS = ("Erstens", "Zweitens", "Drittens")
WORDS = ["hilft", "die", "Förderung", "kleinen", "Betrieben", "auf", "dem", "Land."]


class Reader:
    """Stands in for text recognition: notes what it is shown and says one line of text."""

    def __init__(self, *, problem: str | None = None, words: bool = True) -> None:
        self.seen: list[tuple[tuple[int, int], int]] = []
        self._problem = problem
        self._has_words = words

    def __call__(self, image: Image.Image, dpi: int) -> OcrPage:
        self.seen.append((image.size, dpi))
        problem = self._problem if len(self.seen) == 2 or not self._has_words else None
        size = (image.width * 72 / dpi, image.height * 72 / dpi)
        texts = [ORDINALS[(len(self.seen) - 1) % 3], *WORDS] if self._has_words and not problem else []
        words = [Word(text, 50 + 50 * n, 95 + 50 * n, 400, 11) for n, text in enumerate(texts)]
        return OcrPage(words, *size, 0.0 if problem else 0.9, problem=problem)


def save(path: Path, size: tuple[int, int] = (1240, 1754), **options: object) -> Path:
    Image.new("L", size, 255).save(path, **options)  # type: ignore[arg-type]  # options differ by format
    return path


@pytest.mark.parametrize(
    ("size", "named", "dpi"),
    [
        ((2480, 3508), (300, 300), 300),
        ((2480, 3508), None, 300),  # nothing said: an A4 page
        ((4032, 3024), (72, 72), 345),  # a photo that claims to be 142 cm wide
        ((1754, 1240), (1, 1), 150),
        ((827, 1169), (299.9994, 299.9994), 100),  # 9.9 cm high: said, but no page
        ((40, 30), None, 50),
        ((90_000, 10), None, 1200),
    ],
)
def test_the_resolution_is_the_one_said_if_it_makes_a_page(
    size: tuple[int, int], named: tuple[float, float] | None, dpi: int
) -> None:
    picture = Image.new("1", size)
    if named:
        picture.info["dpi"] = named
    assert guess_dpi(picture) == dpi


def test_a_picture_becomes_a_page_of_blocks(tmp_path: Path) -> None:
    extraction = extract_image(save(tmp_path / "a.png", dpi=(150, 150)), DEFAULT_LIMITS, reader := Reader())
    assert reader.seen == [((1240, 1754), 150)]
    assert (extraction.media_type, extraction.page_count) == ("image/png", 1)
    (block,) = extraction.blocks
    assert (block.kind, block.text, block.page) == (BlockKind.PARAGRAPH, "Erstens " + " ".join(WORDS), 1)
    assert block.places[0].left == pytest.approx(50 / (1240 * 72 / 150), abs=0.001)
    assert extraction.notices == ("Text per Texterkennung gelesen (mittlere Sicherheit 90 %).",)


def test_a_photo_is_set_upright_as_its_camera_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    extract_image(save(tmp_path / "a.jpg", (1600, 1200), exif=exif), DEFAULT_LIMITS, reader := Reader())
    assert reader.seen[0][0] == (1200, 1600)


def test_the_pages_of_a_fax_are_pages_and_a_bad_one_is_named(tmp_path: Path) -> None:
    rest = [Image.new("1", (1728, 2200), 1) for _ in range(2)]
    path = tmp_path / "fax.tif"
    Image.new("1", (1728, 2200), 1).save(path, save_all=True, append_images=rest, compression="group4")
    extraction = extract_image(path, DEFAULT_LIMITS, Reader(problem="Texterkennung ist fehlgeschlagen"))
    assert (extraction.media_type, extraction.page_count) == ("image/tiff", 3)
    assert [block.page for block in extraction.blocks] == [1, 3]
    assert extraction.notices[1] == "Nicht gelesen (Texterkennung ist fehlgeschlagen): Seite 2."
    with pytest.raises(UnreadableDocument, match="3 Seiten; gelesen werden höchstens 2"):
        extract_image(path, replace(DEFAULT_LIMITS, pages=2), Reader())


def test_without_text_recognition_a_picture_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NothingToIndex, match=r"OCR nötig.*apt-get install tesseract-ocr tesseract-ocr-deu"):
        extract_image(save(tmp_path / "a.png"), DEFAULT_LIMITS, None)


def test_a_picture_without_text_is_skipped_with_its_reason(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png")
    with pytest.raises(NothingToIndex, match="keinen lesbaren Text"):
        extract_image(path, DEFAULT_LIMITS, Reader(words=False, problem=NO_TEXT))
    with pytest.raises(NothingToIndex, match="länger als 30 Sekunden"):
        extract_image(path, DEFAULT_LIMITS, Reader(words=False, problem="Texterkennung dauerte länger als 30 Sekunden"))


@pytest.mark.parametrize("size", [9_000, 11_000, 14_000])
def test_a_bomb_is_not_unpacked(tmp_path: Path, size: int) -> None:
    path = tmp_path / "bombe.png"
    Image.new("1", (size, size)).save(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(UnreadableDocument, match="80 Millionen Bildpunkte"):
        extract_image(path, DEFAULT_LIMITS, reader := Reader())
    assert reader.seen == []


@pytest.mark.parametrize("keep", [30, 400])
def test_a_damaged_picture_is_refused(tmp_path: Path, keep: int) -> None:
    noise = Image.effect_noise((200, 200), 80)
    noise.save(tmp_path / "ganz.png")
    (tmp_path / "halb.png").write_bytes((tmp_path / "ganz.png").read_bytes()[:keep])
    with pytest.raises(UnreadableDocument, match="beschädigt"):
        extract_image(tmp_path / "halb.png", DEFAULT_LIMITS, Reader())


def test_the_confined_process_reads_a_picture_or_says_what_is_missing(tmp_path: Path, study: Path) -> None:
    path = save(tmp_path / "leer.png")
    with ConfinedExtractor() as extractor, pytest.raises(NothingToIndex) as caught:
        extractor.extract(path)
    assert ("apt-get" in str(caught.value)) is (find_ocr() is None)
