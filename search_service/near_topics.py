"""Near topics: what the corpus does speak of, nearest to a question it has no answer to. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from search_service.german import Splitter, load_stopwords, normalize, split_hyphens, stem, tokenize

TOPICS = 5  # fit in two lines under an empty answer


def find_near_topics(
    question: str,
    labels: Sequence[str],
    splitter: Splitter,
    label_vectors: NDArray[np.float32] | None = None,
    vector: NDArray[np.float32] | None = None,
    limit: int = TOPICS,
) -> list[str]:
    """Return at most `limit` of `labels`, nearest to `question` first, none twice and none that only extends one before it.

    With vectors (rows of length 1, one for each label, from the embedder of the question's `vector`) by meaning; without, by
    the words and compound parts they share, rare ones counting more: [] if they share none. Ties in the order of `labels`.
    """
    if label_vectors is not None and vector is not None:
        near = label_vectors @ vector.reshape(-1)
        order = np.argsort(-near, kind="stable").tolist()
    else:
        shares = _share_words(question, labels, splitter)
        order = [number for number in np.argsort(-shares, kind="stable").tolist() if shares[number] > 0]
    chosen: dict[str, str] = {}
    for number in order:
        if len(chosen) >= limit:
            break
        key = _key_of(labels[number])
        if key and not any(f" {key} ".startswith(f" {other} ") or f" {other} ".startswith(f" {key} ") for other in chosen):
            chosen[key] = labels[number]
    return list(chosen.values())


def _share_words(question: str, labels: Sequence[str], splitter: Splitter) -> NDArray[np.float64]:
    """Return for each label the summed rarity of the stems it shares with the question, of its own length 1."""
    holding = [frozenset(_stems_of(label, splitter)) for label in labels]
    frequency = Counter(key for stems in holding for key in stems)
    rarity = {key: math.log1p(len(labels) / count) for key, count in frequency.items()}
    asked = frozenset(_stems_of(question, splitter))
    return np.array(
        [
            sum(rarity[key] for key in sorted(stems & asked)) / math.sqrt(sum(map(rarity.__getitem__, sorted(stems))) or 1.0)
            for stems in holding
        ],
        dtype=np.float64,
    )


def _stems_of(text: str, splitter: Splitter) -> Iterable[str]:
    for token in tokenize(text):
        for piece in split_hyphens(token.word):
            if piece not in load_stopwords():
                yield stem(piece)
                yield from splitter.split(piece)


def _key_of(label: str) -> str:
    return " ".join(normalize(label).split())
