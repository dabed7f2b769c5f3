"""The dense index: an exact scan over all passage vectors. The only home of faiss; distances never leave this file."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from search_service.embedder import Vectors
from search_service.errors import KnowledgeBaseDamaged

# A single query against a flat index is slower with two OpenMP threads than with one (measured: 135 against 59 ms at a
# million rows of 384), and threads left over serve other queries.
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
        parameters = None if allowed is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]  # its stubs lack it
        faiss.omp_set_num_threads(_THREADS)  # holds for the calling thread only, and each query may come in another
        cosines, rows = self._index.search(query[None, :], min(limit, self.row_count), params=parameters)
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def score(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """Return the cosine of the query with each of `rows`, in their order."""
        return np.asarray(self._index.reconstruct_batch(rows) @ query, dtype=np.float32)

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
    """Return the index over the rows of `vectors`, which must have length 1."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return DenseIndex(index)
