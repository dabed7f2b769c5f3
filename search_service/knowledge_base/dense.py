"""The dense index: an exact scan over all passage vectors. The only home of faiss; distances never leave this file."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from search_service.embedder import Vectors
from search_service.errors import KnowledgeBaseDamaged

# A single query against a flat index is slower with two OpenMP threads than with one (measured in single precision: 135
# against 59 ms at a million rows of 384), and threads left over serve other queries.
_THREADS = 1


class DenseIndex:
    """Cosine of a query with every passage. Row i is the i-th passage."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @property
    def row_count(self) -> int:
        """Number of passages."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(self, query: Vectors, limit: int, allowed: NDArray[np.int64] | None = None) -> tuple[NDArray[np.int64], Vectors]:
        """Return (rows, cosines) of the nearest passages, best first, at most `limit`, and only among `allowed` if given."""
        if allowed is not None and len(allowed) == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        parameters = None if allowed is None else faiss.SearchParameters(sel=self._select(allowed))  # type: ignore[call-arg]  # its stubs lack it
        faiss.omp_set_num_threads(_THREADS)  # holds for the calling thread only, and each query may come in another
        cosines, rows = self._index.search(query[None, :], min(limit, self.row_count), params=parameters)
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def _select(self, rows: NDArray[np.int64]) -> faiss.IDSelector:
        """Return what lets faiss look at `rows` only: one bit a row, because a set of ids is slow when most are allowed."""
        mask = np.zeros(self.row_count, dtype=bool)
        mask[rows] = True
        return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg,arg-type]  # stubs know C++ only

    def vectors(self, rows: NDArray[np.int64]) -> Vectors:
        """Return float32, shape (len(rows), dimension): the vectors of `rows`, in their order."""
        return np.asarray(self._index.reconstruct_batch(rows), dtype=np.float32)

    def score(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """Return the cosine of the query with each of `rows`, in their order."""
        return self.vectors(rows) @ query

    def to_bytes(self) -> bytes:
        """Return the index in faiss's own format."""
        return bytes(faiss.serialize_index(self._index))

    @classmethod
    def from_bytes(cls, content: bytes) -> DenseIndex:
        """Return the index written by `to_bytes`; the caller has checked the bytes. Raises KnowledgeBaseDamaged."""
        try:
            index = faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8))
        except RuntimeError as error:
            raise KnowledgeBaseDamaged("Der Vektorindex ist nicht lesbar.") from error
        return cls(index)


def build_dense_index(vectors: Vectors) -> DenseIndex:
    """Return the index over the rows of `vectors`, which must have length 1.

    They are kept in half precision, which moves a cosine by less than 0.0005, and scanned to the last row: half the space, and
    a scan of 100,000 rows takes two thirds of the time (docs/decisions/0011).
    """
    index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.train(np.zeros((1, vectors.shape[1]), dtype=np.float32))  # nothing is learnt for half precision
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return DenseIndex(index)
