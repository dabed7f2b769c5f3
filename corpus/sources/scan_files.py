"""A typeset PDF to what an office scanner makes of it: grey, slightly turned, noisy page images without a text layer."""

from __future__ import annotations

import io
import time

import numpy as np
import pypdfium2
from PIL import Image

RESOLUTION = 150  # dots per inch, a usual setting of office scanners
TURN = 0.6  # degrees at most to either side: paper in a feeder
PAPER = 246  # grey of the paper, 0..255; a scanner's white is not quite white
NOISE = 5  # standard deviation of the grey values
QUALITY = 38  # JPEG: keeps a page of text near 200 kB and readable
DATED = time.struct_time((2025, 1, 15, 8, 0, 0, 2, 15, 0))  # any fixed date: the same bytes whenever it is built


def write_scan(pdf: bytes, seed: int) -> bytes:
    """Return a PDF of page images only, with the same pages as `pdf`; the same seed gives the same bytes."""
    generator = np.random.default_rng(seed)
    pages = [age(page, generator) for page in render(pdf, RESOLUTION)]
    buffer = io.BytesIO()
    pages[0].save(
        buffer, "PDF", save_all=True, append_images=pages[1:], resolution=RESOLUTION, quality=QUALITY,
        producer="Scanner", creationDate=DATED, modDate=DATED,
    )  # fmt: skip
    return buffer.getvalue()


def render(pdf: bytes, resolution: float) -> list[Image.Image]:
    """Return the pages as grey images."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=resolution / 72, grayscale=True).to_pil().convert("L") for page in document]
    finally:
        document.close()


def age(page: Image.Image, generator: np.random.Generator) -> Image.Image:
    """Return the page turned a little, on greyish paper, with noise."""
    turned = page.rotate(generator.uniform(-TURN, TURN), Image.Resampling.BICUBIC, fillcolor=255)
    grey = np.asarray(turned, dtype=np.float32) * (PAPER / 255)
    noisy = grey + generator.normal(0, NOISE, grey.shape)
    return Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
