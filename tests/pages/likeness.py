"""Whether two pictures show the same page, whatever fonts the machine has. Pure.

Letters differ from machine to machine, and with them every pixel and many a line break. What stays is where across the page
there is something and where it is empty, and how bright the whole is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CELL = 8  # pixels: about a line of text in the pictures
CONTRAST = 6  # of 255: a cell whose brightness varies more has something in it
BANDS = 3  # from top to bottom, each looked at for itself
SMOOTHED = 5  # cells
# Measured on the sixteen pictures. Where things stand: another font comes to 0.068 at most (serif, or the wide DejaVu Sans),
# two columns below each other to 0.09 at least, a missing style sheet to 0.106. How bright: another font 0.055 at most, the
# other colour scheme 0.26 at least.
MOST_MOVED = 0.08
MOST_BRIGHTENED = 0.12


def find_columns(picture: Image.Image) -> NDArray[np.float64]:
    """Return for each band how much of every column of cells has something in it, shape (BANDS, columns), from 0 to 1."""
    grey = np.asarray(picture.convert("L"), np.float64)
    rows, columns = grey.shape[0] // CELL, grey.shape[1] // CELL
    cells = grey[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL).swapaxes(1, 2).reshape(rows, columns, -1)
    filled = (cells.std(axis=2) > CONTRAST).astype(np.float64)
    window = np.ones(SMOOTHED) / SMOOTHED
    bands = [band.mean(axis=0) for band in np.array_split(filled, BANDS)]
    return np.array([np.convolve(np.pad(band, SMOOTHED // 2, mode="edge"), window, "valid") for band in bands])


def measure_movement(picture: Image.Image, reference: Image.Image) -> float:
    """Return how much of a page stands elsewhere: 0 for none, up to 1. The pictures have the same size."""
    return float(np.abs(find_columns(picture) - find_columns(reference)).mean())


def measure_brightening(picture: Image.Image, reference: Image.Image) -> float:
    """Return how far the brightness of two pages lies apart, wherever on the page it is: 0 for the same, up to 1."""
    patches = [
        np.sort(np.asarray(each.convert("L").resize((4, 6), Image.Resampling.BOX), np.float64), axis=None) / 255
        for each in (picture, reference)
    ]
    return float(np.abs(patches[0] - patches[1]).mean())


def is_alike(picture: Image.Image, reference: Image.Image) -> bool:
    """Tell whether both show the same page in the same colours."""
    return (
        picture.size == reference.size
        and measure_movement(picture, reference) <= MOST_MOVED
        and measure_brightening(picture, reference) <= MOST_BRIGHTENED
    )
