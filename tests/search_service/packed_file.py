"""Writes tiny files in the format of `e5-small-q4.bin`, so that a test can damage them byte by byte."""

from __future__ import annotations

import struct

import numpy as np

from search_service.model.packed_weights import BLOCK, EncoderSizes, tensor_shapes

SIZES = EncoderSizes(
    hidden=32, layers=1, heads=2, feed_forward=64, vocabulary=12, positions=16, token_types=2, norm_epsilon=1e-12
)
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁a", "ä", "b", "<mask>")
SCORES = (0.0, 0.0, 0.0, 0.0, -2.0, -3.0, -2.5, -4.0, -3.5, 0.0)
NORMAL_FORMS = {"\x01": "", "\t": " ", "½": "1⁄2", "ﬁ": "fi"}


def pack_model(*, sizes: EncoderSizes = SIZES, forms: dict[str, str] | None = None, version: int = 1) -> bytes:
    """Return a whole file with weights drawn once and for all."""
    forms = NORMAL_FORMS if forms is None else forms
    numbers = (
        sizes.hidden,
        sizes.layers,
        sizes.heads,
        sizes.feed_forward,
        sizes.vocabulary,
        sizes.positions,
        sizes.token_types,
    )
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)])
    table = b"".join(
        struct.pack(f"<IB{len(form)}I", ord(character), len(form), *map(ord, form)) for character, form in sorted(forms.items())
    )
    head = (
        b"E5S1"
        + struct.pack("<I7ifi", version, *numbers, sizes.norm_epsilon, BLOCK)
        + struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(b"".join(encoded)))
        + offsets.astype("<u4").tobytes()
        + np.array(SCORES, "<f4").tobytes()
        + b"".join(encoded)
        + struct.pack("<iI", len(forms), len(table))
        + table
    )
    return head + directory_and_tensors(len(head), tensor_shapes(sizes))


def directory_and_tensors(start: int, shapes: dict[str, tuple[int, ...]]) -> bytes:
    """Return the directory, which begins at `start`, and the tensors right behind it."""
    random = np.random.default_rng(7)
    length = 4 + sum(2 + len(name) + struct.calcsize("<BIQQ") for name in shapes)
    directory, body = [struct.pack("<i", len(shapes))], b""
    for name, shape in shapes.items():
        elements = int(np.prod(shape))
        quantised = len(shape) == 2 and name not in ("emb.pos", "emb.type")
        content = (
            random_blocks(random, elements // BLOCK) if quantised else random.normal(size=elements).astype("<f4").tobytes()
        )
        directory.append(struct.pack("<H", len(name)) + name.encode())
        directory.append(struct.pack("<BIQQ", int(quantised), elements, start + length + len(body), len(content)))
        body += content
    return b"".join(directory) + body


def random_blocks(random: np.random.Generator, count: int) -> bytes:
    """Return Q4_0 blocks."""
    return b"".join(np.float16(0.05).tobytes() + random.bytes(BLOCK // 2) for _ in range(count))
