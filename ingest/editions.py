"""Several files, one work: which documents are editions of each other, and which of them answers. Measurements: docs/decisions.

An older edition stays in the knowledge base, reachable by its id; the search leaves it out unless it is asked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations

import numpy as np

from ingest.edition_notices import tell_changes, tell_lookalikes
from ingest.shingles import (
    SIGNATURE_METHOD,
    Overlap,
    Shingles,
    Signature,
    find_similar_pairs,
    measure_overlap,
    shingle,
    sign,
)
from search_service.documents import Document, Metadata, is_newer
from search_service.german import load_stopwords, split_hyphens, stem, tokenize
from search_service.knowledge_base.store import KnowledgeBase

# Measured in docs/decisions/0007-ausgaben.md on 108 documents and their rewritten copies. Strangers of like size share
# at most 0.10 of the smaller; a chapter lies in its whole with up to 0.89, but is never a third of its size.
SAME_TEXT = 0.8  # of the larger: the same text in another format or with one sentence in ten rewritten
SAME_TITLE_TEXT = 0.4  # of the smaller, under a similar title: four sentences in ten rewritten
SAME_TITLE_SIZE = 0.5
NEXT_EDITION_TEXT = 0.25  # of the smaller, same title and originator, other year: every second sentence rewritten
NEXT_EDITION_SIZE = 1 / 3
SIMILAR_TITLE = 0.75  # Jaccard index of the titles' stems
MIN_SHINGLES = 50  # a leaflet of less text is like any other of its kind
MAX_SAME_TITLE = 50  # a title that more documents share ("Protokoll") says nothing
KEPT_SETS = 256  # sets of shingles held while pairs are compared; pairs come in order, so that one side stays

_EDITION_WORDS = re.compile(
    r"\b(?:\d+\.|erste|zweite|dritte|vierte|fünfte|neue|aktuelle)?,?\s*"
    r"(?:(?:und|,|vollständig|komplett|stark|neu|völlig|unveränderte|durchgesehene|korrigierte|"
    r"(?:überarbeitet|aktualisiert|erweitert|ergänzt|bearbeitet|verbessert)e?)\s*)*"
    r"\b(?:auflage|ausgabe|fassung|edition|aufl\.)(?:\s+(?:von\s+)?\d[\d./]*)?"
    r"|\bstand(?=[:\s]*(?:\w+\s+)?\d)|\b(?:version|ver\.|v)[:\s]*\d[\d./]*"
    r"|\b(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)(?=\s+(?:19|20)\d\d)"
    r"|\b(?:19|20)\d\d(?:\s*[/–-]\s*(?:(?:19|20)\d\d|\d\d))?\b",
    re.IGNORECASE,
)

Titles = Mapping[str, frozenset[str]]  # by document id: the stems that name the work


@dataclass(frozen=True, slots=True)
class Pair:
    """Two documents that may be editions of one work, with what their texts share."""

    first: Document
    second: Document
    overlap: Overlap


@dataclass(frozen=True, slots=True)
class Links:
    """Which documents answer for others, and which only look as if one could."""

    newer_of: dict[str, str]  # by document id: the document that answers in its place; those that answer themselves are no keys
    lookalikes: tuple[tuple[str, str], ...]  # ids of one work of which nothing tells which is the newer; both answer


def read_newer_editions(knowledge_base: KnowledgeBase) -> dict[str, str]:
    """Return, by document id, the document that answers in its place by now; a document put again has lost its link."""
    return {document.id: document.newer_edition for document in knowledge_base.documents() if document.newer_edition}


def link_editions(knowledge_base: KnowledgeBase, today: date, before: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Link the editions of every work anew and store the links; return German notices about what has changed.

    `before` is what `read_newer_editions` returned at the start of the run, before any document was put; None reads it now.
    Only documents that were put since the last time are read in full, and those that share text with another.
    """
    told = read_newer_editions(knowledge_base) if before is None else before
    withdrawn = knowledge_base.withdrawn()  # what nobody finds must not answer for others
    everything = {document.id: document for document in knowledge_base.documents() if document.id not in withdrawn}
    documents = [document for document in everything.values() if not document.metadata.standalone]
    signatures, fresh = _complete_signatures(documents, knowledge_base)

    @lru_cache(maxsize=KEPT_SETS)
    def read_shingles(document_id: str) -> Shingles:
        return shingle(knowledge_base.texts_of(document_id))

    links = find_newer_editions(documents, signatures, read_shingles, today)
    knowledge_base.set_newer_editions(links.newer_of)
    unseen = [pair for pair in links.lookalikes if fresh & set(pair)]
    return (*tell_changes(everything, told, links.newer_of, today), *tell_lookalikes(everything, unseen))


def find_newer_editions(
    documents: Sequence[Document],
    signatures: Mapping[str, Signature],
    read_shingles: Callable[[str], Shingles],
    today: date,
) -> Links:
    """Return which document answers for which. Pure.

    Documents without a signature are in no work but their own. Among the editions of a work the newest valid one answers;
    one that neither validity, year nor number sets behind it answers, too, unless both have exactly the same words.
    """
    titles = {document.id: name_work(document.metadata.title) for document in documents if document.id in signatures}
    known = {document.id: document for document in documents if document.id in signatures}
    works = _Works()
    for first, second in _find_candidates(titles, signatures):
        if works.joined(first, second):
            continue
        overlap = measure_overlap(read_shingles(first), read_shingles(second))
        if is_same_work(Pair(known[first], known[second], overlap), titles):
            works.join(first, second)
    newer_of: dict[str, str] = {}
    lookalikes = []
    for ids in works.groups():
        newest = choose_newest([known[document_id] for document_id in ids], today)
        for other in (known[document_id] for document_id in ids if document_id != newest.id):
            if answers_for(newest, other, today) or _is_same_text(read_shingles(newest.id), read_shingles(other.id)):
                newer_of[other.id] = newest.id
            else:
                lookalikes.append((newest.id, other.id))
    return Links(newer_of, tuple(lookalikes))


def is_same_work(pair: Pair, titles: Titles) -> bool:
    """Tell whether two documents are editions of one work and not a whole and its part, nor two of a kind."""
    overlap, first, second = pair.overlap, pair.first.metadata, pair.second.metadata
    if overlap.of_larger >= SAME_TEXT:
        return True
    if not _is_similar_title(titles[pair.first.id], titles[pair.second.id]):
        return False
    if overlap.of_smaller >= SAME_TITLE_TEXT and overlap.size_ratio >= SAME_TITLE_SIZE:
        return True
    return (
        overlap.of_smaller >= NEXT_EDITION_TEXT
        and overlap.size_ratio >= NEXT_EDITION_SIZE
        and _share_originator(first, second)
        and (first.year, first.edition) != (second.year, second.edition)
    )


def answers_for(first: Document, second: Document, today: date) -> bool:
    """Tell whether it is known that `first` must answer and not `second`: valid before expired, then the newer edition."""
    valid = [_is_valid(each.metadata, today) for each in (first, second)]
    if valid[0] != valid[1]:
        return valid[0]
    return is_newer(first.metadata, second.metadata)


def choose_newest(editions: Sequence[Document], today: date) -> Document:
    """Return the edition that answers: one for which no other answers; of several the later, better described, later taken in.

    A copy without sidecar must not push aside the one whose editors have filed it.
    """
    unbeaten = [each for each in editions if not any(answers_for(other, each, today) for other in editions)]
    return max(
        unbeaten or editions,  # years and numbers that contradict each other may beat each other in a ring
        key=lambda document: (
            document.metadata.year or 0,
            document.metadata.edition or 0,
            _count_filed(document.metadata),
            document.indexed_at,
            document.id,
        ),
    )


def _is_valid(known: Metadata, today: date) -> bool:
    return known.valid_until is None or known.valid_until >= today


def _is_same_text(first: Shingles, second: Shingles) -> bool:
    """Tell whether nobody loses a word if only one of the two answers, whichever is the newer."""
    return measure_overlap(first, second).of_larger == 1


def _count_filed(known: Metadata) -> int:
    """Return how many fields are filled that only editors fill."""
    return sum(map(bool, (known.collection, known.type, known.sectors, known.topics, known.audience)))


def name_work(title: str) -> frozenset[str]:
    """Return the stems that name a work whatever the edition: without year, number of the edition and stop words."""
    words = [piece for token in tokenize(_EDITION_WORDS.sub(" ", title)) for piece in split_hyphens(token.word)]
    return frozenset(stem(word) for word in words if word not in load_stopwords())


class _Works:
    """Documents joined to works (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def join(self, first: str, second: str) -> None:
        self._parent[self._root(second)] = self._root(first)

    def joined(self, first: str, second: str) -> bool:
        return self._root(first) == self._root(second)

    def groups(self) -> list[list[str]]:
        """Return the works of two documents or more, ids ascending."""
        members: dict[str, list[str]] = defaultdict(list)
        for document_id in sorted(self._parent):
            members[self._root(document_id)].append(document_id)
        return [ids for ids in members.values() if len(ids) > 1]

    def _root(self, document_id: str) -> str:
        self._parent.setdefault(document_id, document_id)
        while (parent := self._parent[document_id]) != document_id:
            self._parent[document_id] = self._parent[parent]  # halves the way for the next time
            document_id = parent
        return document_id


def _find_candidates(titles: Titles, signatures: Mapping[str, Signature]) -> Iterator[tuple[str, str]]:
    """Yield the pairs worth comparing in full, each once: alike in their signatures, or named alike."""
    ids = sorted(titles)
    pairs = {(ids[first], ids[second]) for first, second in find_similar_pairs([signatures[each] for each in ids])}
    same: dict[frozenset[str], list[str]] = defaultdict(list)
    for document_id in ids:
        if titles[document_id]:
            same[titles[document_id]].append(document_id)
    for group in same.values():
        if len(group) <= MAX_SAME_TITLE:
            pairs.update(combinations(group, 2))
    yield from sorted(pairs)


def _is_similar_title(first: frozenset[str], second: frozenset[str]) -> bool:
    return bool(first and second) and len(first & second) >= SIMILAR_TITLE * len(first | second)


def _share_originator(first: Metadata, second: Metadata) -> bool:
    names = [{name.casefold() for name in (*known.authors, known.publisher) if name} for known in (first, second)]
    return bool(names[0] & names[1])


def _complete_signatures(
    documents: Iterable[Document], knowledge_base: KnowledgeBase
) -> tuple[dict[str, Signature], frozenset[str]]:
    """Return the signatures of all documents with enough text, and the ids of those that were missing and are stored now."""
    stored = knowledge_base.signatures(SIGNATURE_METHOD)
    made = {}
    for document in documents:
        if document.id not in stored:
            shingles = shingle(knowledge_base.texts_of(document.id))
            made[document.id] = sign(shingles).astype("<u4").tobytes() if len(shingles) >= MIN_SHINGLES else b""
    if made:
        knowledge_base.put_signatures(SIGNATURE_METHOD, made)
    wanted = {document.id for document in documents}
    signatures = {
        document_id: np.frombuffer(packed, dtype="<u4").astype(np.uint32)
        for document_id, packed in (stored | made).items()
        if packed and document_id in wanted
    }
    return signatures, frozenset(made)
