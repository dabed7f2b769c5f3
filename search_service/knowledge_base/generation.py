"""A generation: one complete, immutable, published state of the index, in a folder of its own.

Written aside, checked, synced, renamed; only then does the file CURRENT name it. Every byte that is read back has
been hashed first, because FAISS loads a flipped bit without complaint (5 % of 2,400 flips gave wrong neighbours).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search_service.documents import Document, Passage
from search_service.embedder import Vectors
from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.dense import DenseIndex, build_dense_index
from search_service.knowledge_base.format import ANALYSIS_VERSION, FORMAT_VERSION
from search_service.knowledge_base.former import (
    FormerDocument,
    FormerPassage,
    FormerPassages,
    decode_former_documents,
    encode_former_documents,
    encode_former_passages,
)
from search_service.knowledge_base.lexical import LexicalIndex, build_lexical_index
from search_service.knowledge_base.manifests import (
    MANIFEST,
    REPAIR,
    SEAL,
    Manifest,
    find_folder,
    list_generations,
    make_current,
    make_seal,
    read_current,
    read_manifest,
    read_withdrawn,
    sync_path,
    write_synced,
)
from search_service.knowledge_base.postings import PassageFields
from search_service.knowledge_base.records import (
    decode_document,
    decode_fields,
    decode_id,
    decode_passage,
    decode_text,
    encode_document,
    encode_passage,
)
from search_service.knowledge_base.word_vectors import WordVectorIndex, build_word_vector_index
from search_service.written_forms import WrittenForm, decode_spellings, encode_spellings, learn_spellings

WHOLE = "whole-"  # of the files of the index over whole documents
SPELLINGS = "spellings.tsv"
FORMER_PASSAGES = "former-passages.jsonl"
FORMER_DOCUMENTS = "former-documents.jsonl"
# The current generation and two to roll back to: every withdrawal or edit publishes, so that a mistake is often seen only one
# publication later. Kept besides is the one that answered before, which is an older one after rolling back.
KEPT = 3


class Generation:
    """A loaded generation; safe to share between threads, since nothing in it ever changes."""

    def __init__(self, manifest: Manifest, contents: Mapping[str, bytes]) -> None:
        """Take the checked contents of its files; raise KnowledgeBaseDamaged if they do not fit each other."""
        self.manifest = manifest
        self.documents = [decode_document(line) for line in contents["documents.jsonl"].splitlines()]
        self._passage_lines = contents["passages.jsonl"].split(b"\n")
        self.lexical = LexicalIndex.from_bytes(contents, manifest.passages)
        whole = {name.removeprefix(WHOLE): content for name, content in contents.items() if name.startswith(WHOLE)}
        #: row i is document i, with the texts of all its passages
        self.document_lexical = LexicalIndex.from_bytes(whole, manifest.documents)
        self.dense = DenseIndex.from_bytes(contents["dense.faiss"]) if manifest.model else None
        self.words = WordVectorIndex.from_bytes(contents, self.dense.dimension) if self.dense else None
        self._spellings = contents[SPELLINGS]
        #: passages that earlier generations had; none in a generation of format 3
        self.former_passages = FormerPassages(contents.get(FORMER_PASSAGES, b""))
        self._former_documents = contents.get(FORMER_DOCUMENTS, b"")
        #: int64, shape (passages,): position in `documents` of the document each passage belongs to
        self.document_of = np.frombuffer(contents["document-of.i64"], dtype="<i8")
        sizes = {len(self._passage_lines) if manifest.passages else 0, len(self.document_of)}
        if self.dense and self.words:
            sizes |= {self.dense.row_count, self.words.row_count}
        if sizes != {manifest.passages} or len(self.documents) != manifest.documents:
            raise KnowledgeBaseDamaged(f"Der Suchindex {manifest.number} ist unvollständig. {REPAIR}")

    @property
    def published_at(self) -> datetime:
        """When it was published, UTC."""
        return datetime.fromisoformat(self.manifest.published_at)

    def passage(self, row: int) -> Passage:
        """Return passage number `row`."""
        return decode_passage(self._passage_lines[row])

    def heading_path(self, row: int) -> tuple[str, ...]:
        """Return the headings over passage number `row`, outermost first, which is quicker than the whole passage."""
        return decode_fields(self._passage_lines[row])[0]

    def text(self, row: int) -> str:
        """Return the text of passage number `row`, which is quicker than the whole passage."""
        return decode_text(self._passage_lines[row])

    def fields(self, row: int) -> PassageFields:
        """Return what passage number `row` was indexed by, which is quicker than the whole passage."""
        heading_path, text = decode_fields(self._passage_lines[row])
        title = self.documents[int(self.document_of[row])].metadata.title
        return PassageFields(title, " ".join(heading_path), text)

    def rows_of(self, document_position: int) -> NDArray[np.int64]:
        """Return the rows of a document's passages, in the order of the document."""
        first, after = np.searchsorted(self.document_of, [document_position, document_position + 1])
        return np.arange(first, after, dtype=np.int64)

    @cached_property
    def spellings(self) -> dict[str, WrittenForm]:
        """How the texts write each of their words."""
        return decode_spellings(self._spellings)

    @cached_property
    def former_documents(self) -> dict[str, FormerDocument]:
        """By id, the documents that are withdrawn or whose file is gone; none in a generation of format 3."""
        return decode_former_documents(self._former_documents)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row by passage id."""
        return {decode_id(line): row for row, line in enumerate(self._passage_lines) if line}

    @cached_property
    def position_of(self) -> dict[str, int]:
        """Position in `documents` by document id."""
        return {document.id: position for position, document in enumerate(self.documents)}


def write_generation(
    root: Path,
    *,
    revision: int,
    published_at: datetime,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    vectors: Vectors | None,
    word_signs: Sequence[bytes],
    model: str | None,
    former_passages: Iterable[FormerPassage] = (),
    former_documents: Iterable[FormerDocument] = (),
) -> int:
    """Build, check and publish the next generation under `root`; return its number.

    `passages`, the rows of `vectors` and `word_signs` (made by `pack_signs`, not read without vectors) are in the same order,
    grouped by document in the order of `documents`.
    """
    position_of = {document.id: position for position, document in enumerate(documents)}
    fields = [
        PassageFields(documents[position_of[p.document_id]].metadata.title, " ".join(p.heading_path), p.text) for p in passages
    ]
    contents = build_lexical_index(fields).to_bytes()
    whole = build_lexical_index(_join_passages(documents, passages)).to_bytes()
    contents |= {WHOLE + name: content for name, content in whole.items()}
    contents[SPELLINGS] = encode_spellings(learn_spellings(_list_texts(documents, passages)))
    contents["documents.jsonl"] = b"\n".join(map(encode_document, documents))
    contents["passages.jsonl"] = b"\n".join(map(encode_passage, passages))
    contents["document-of.i64"] = np.array([position_of[p.document_id] for p in passages], dtype="<i8").tobytes()
    contents[FORMER_PASSAGES] = encode_former_passages(former_passages)
    contents[FORMER_DOCUMENTS] = encode_former_documents(former_documents)
    if vectors is not None:
        contents["dense.faiss"] = build_dense_index(vectors).to_bytes()
        contents |= build_word_vector_index(word_signs, vectors.shape[1]).to_bytes()
    number = max([0, *list_generations(root)]) + 1
    manifest = Manifest(
        number=number,
        published_at=published_at.isoformat(),
        revision=revision,
        documents=len(documents),
        passages=len(passages),
        model=model if vectors is not None else None,
        dimension=None if vectors is None else int(vectors.shape[1]),
        format=FORMAT_VERSION,
        analysis=ANALYSIS_VERSION,
        sha256={name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())},
    )
    _write_folder(root, manifest, contents)
    load_generation(root, number)  # read back what a reader will read, before any reader does
    before = _read_current_if_sound(root)
    make_current(root, number)
    kept = {*list_generations(root)[-KEPT:], before}
    for old in list_generations(root):
        if old not in kept:
            shutil.rmtree(find_folder(root, old), ignore_errors=True)
    return number


def _read_current_if_sound(root: Path) -> int | None:
    try:
        return read_current(root)
    except KnowledgeBaseDamaged:
        return None


def _join_passages(documents: Sequence[Document], passages: Sequence[Passage]) -> list[PassageFields]:
    """Return the text of each document as one, each of its headings once."""
    parts: dict[str, list[Passage]] = {document.id: [] for document in documents}
    for passage in passages:
        parts[passage.document_id].append(passage)
    return [
        PassageFields(
            document.metadata.title,
            " ".join(dict.fromkeys(heading for passage in parts[document.id] for heading in passage.heading_path)),
            "\n".join(passage.text for passage in parts[document.id]),
        )
        for document in documents
    ]


def _list_texts(documents: Sequence[Document], passages: Sequence[Passage]) -> Iterator[str]:
    yield from (document.metadata.title for document in documents)
    yield from (passage.text for passage in passages)


def load_generation(root: Path, number: int) -> Generation:
    """Return a generation, every byte of it checked; raise KnowledgeBaseDamaged with the cure otherwise."""
    manifest = read_manifest(root, number)
    contents = {name: _read_checked(root, manifest, name) for name in manifest.sha256}
    try:
        return Generation(manifest, contents)
    except (KeyError, ValueError, TypeError) as error:
        raise KnowledgeBaseDamaged(f"Der Suchindex {number} ist unvollständig. {REPAIR}") from error


def list_content_hashes(root: Path, number: int) -> frozenset[str]:
    """Return the content hashes of a generation's documents without loading the rest; raise KnowledgeBaseDamaged."""
    lines = _read_checked(root, read_manifest(root, number), "documents.jsonl").splitlines()
    return frozenset(decode_document(line).content_hash for line in lines)


def _read_checked(root: Path, manifest: Manifest, name: str) -> bytes:
    try:
        content = (find_folder(root, manifest.number) / name).read_bytes()
    except OSError as error:
        raise KnowledgeBaseDamaged(f"Im Suchindex {manifest.number} fehlt die Datei {name}. {REPAIR}") from error
    if hashlib.sha256(content).hexdigest() != manifest.sha256[name]:
        raise KnowledgeBaseDamaged(f"Im Suchindex {manifest.number} ist die Datei {name} beschädigt. {REPAIR}")
    return content


def load_newest_sound(root: Path) -> tuple[Generation, str | None]:
    """Return (generation, None), or an older sound one with a German notice if the current one is damaged.

    An older one that shows what was withdrawn since does not answer. Raises KnowledgeBaseDamaged if none is left.
    """
    failure: KnowledgeBaseDamaged | None = None
    candidates = list_generations(root)[::-1]
    current: int | None = None
    try:
        current = read_current(root)
        if current is not None:
            candidates = [current, *(number for number in candidates if number < current)]
    except KnowledgeBaseDamaged as error:
        failure = error
    for number in candidates:
        try:
            generation = load_generation(root, number)
            if number != current and not read_withdrawn(root).isdisjoint(generation.position_of):
                continue
        except KnowledgeBaseDamaged as error:
            failure = failure or error
            continue
        return generation, f"{failure} Bis dahin antwortet der Stand davor." if failure else None
    raise failure or KnowledgeBaseDamaged(f"Die Wissensbasis hat keinen lesbaren Suchindex. {REPAIR}")


def _write_folder(root: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> None:
    target = find_folder(root, manifest.number)
    building = target.with_name(f"building-{manifest.number:06d}")
    shutil.rmtree(building, ignore_errors=True)  # left by a writer that was killed
    building.mkdir(parents=True)
    manifest_text = json.dumps({**asdict(manifest), SEAL: make_seal(manifest)}, indent=1).encode()
    for name, content in {**contents, MANIFEST: manifest_text}.items():
        write_synced(building / name, content)
    sync_path(building)
    building.rename(target)
    sync_path(target.parent)
