"""The one truth: documents, passages and vectors, what editors decided about them, and what is gone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from search_service.documents import Document, Metadata, Passage, compose_embedding_text, hash_text
from search_service.embedder import Embedding, Vectors
from search_service.errors import NotFound
from search_service.knowledge_base.database import Connection, Database
from search_service.knowledge_base.departures import (
    delete_withdrawal,
    forget_oldest,
    list_former_documents,
    list_former_passages,
    list_withdrawn,
    note_removed,
    note_replaced,
    put_withdrawal,
)
from search_service.knowledge_base.former import MAX_FORMER_PASSAGES, FormerDocument, FormerPassage
from search_service.knowledge_base.overrides import (
    MetadataValue,
    decode_overrides,
    encode_overrides,
    merge_overrides,
    override,
)
from search_service.knowledge_base.records import (
    decode_metadata,
    encode_metadata,
    pack_pages,
    pack_places,
    read_row,
    unpack_pages,
    unpack_places,
    write_row,
)
from search_service.knowledge_base.word_vectors import pack_signs

# Half precision moves a cosine by less than 0.0005 and halves the space (docs/decisions/0011).
_STORED = np.dtype("<f2")


class Catalogue:
    """The tables of one database. What a method writes is one transaction; the revision rises if it changed anything."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open `path`; raise KnowledgeBaseDamaged if it is no catalogue or of another format, or missing and not to be made."""
        self._database = Database(path, create=create)

    def close(self) -> None:
        """Close the connection; the write-ahead log is folded into the database."""
        self._database.close()

    def read_meta(self, key: str) -> str | None:
        """Return the value stored under `key`, or None."""
        return self._database.read_meta(key)

    def put_meta(self, key: str, value: str) -> None:
        """Store `value` under `key`; the revision stays, for nothing that is published depends on it."""
        self._database.put_meta(key, value)

    def snapshot(self) -> AbstractContextManager[None]:
        """Hold one consistent state for all reads inside the block, whatever others write meanwhile."""
        return self._database.snapshot()

    @property
    def revision(self) -> int:
        """Number of changes so far; a generation of the same revision holds the same content."""
        return self._database.revision

    @property
    def model(self) -> str | None:
        """Fingerprint of the model whose vectors answer; None until a model has embedded everything for the first time."""
        return self.read_meta("model")

    def find_by_location(self, location: str) -> Document | None:
        """Return the document read from `location`, or None."""
        return self._find_document("SELECT * FROM documents WHERE location = ?", location)

    def find_by_hash(self, content_hash: str) -> Document | None:
        """Return one document with this content, or None."""
        return self._find_document("SELECT * FROM documents WHERE content_hash = ? ORDER BY id LIMIT 1", content_hash)

    def find_by_id(self, document_id: str) -> Document | None:
        """Return the document of this id, or None."""
        return self._find_document("SELECT * FROM documents WHERE id = ?", document_id)

    def documents(self) -> Iterator[Document]:
        """Yield all documents in the order of their ids, which is the order of rows in a generation; withdrawn ones, too."""
        for row in self._database.read("SELECT * FROM documents ORDER BY id"):
            yield read_row(row)

    def documents_to_publish(self) -> Iterator[Document]:
        """Yield the documents that are not withdrawn, by id; what stood behind a withdrawn one answers itself."""
        withdrawn = self.withdrawn()
        for document in self.documents():
            if document.id not in withdrawn:
                yield replace(document, newer_edition=None) if document.newer_edition in withdrawn else document

    def passages(self) -> Iterator[Passage]:
        """Yield the passages to publish by document id, then in the order of their document."""
        rows = self._database.read(
            "SELECT id, document_id, ordinal, text, heading_path, pages, places FROM passages"
            " WHERE document_id NOT IN (SELECT document_id FROM withdrawals) ORDER BY document_id, ordinal"
        )
        for passage_id, document_id, ordinal, text, heading_path, pages, places in rows:
            yield Passage(
                passage_id,
                document_id,
                ordinal,
                text,
                tuple(json.loads(heading_path)),
                unpack_pages(json.loads(pages)),
                unpack_places(json.loads(places)),
            )

    def put(self, document: Document, passages: Sequence[Passage]) -> None:
        """Store a document with its passages; those it had before are replaced in the same transaction.

        What editors said of it stays in place of what its file says; if it is withdrawn, it stays withdrawn.
        """
        with self._database.writing() as connection:
            overrides, _ = _read_edits(connection, document.id)
            if overrides:
                filed = encode_metadata(document.metadata)
                connection.execute("UPDATE edits SET filed = ? WHERE document_id = ?", (filed, document.id))
                document = replace(document, metadata=override(document.metadata, overrides))
            title = document.metadata.title
            note_replaced(connection, document.id, [passage.id for passage in passages], document.indexed_at)
            connection.execute("DELETE FROM documents WHERE id = ?", (document.id,))
            connection.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", write_row(document))
            connection.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        passage.id,
                        document.id,
                        passage.ordinal,
                        passage.text,
                        json.dumps(passage.heading_path, ensure_ascii=False),
                        json.dumps(pack_pages(passage.pages), ensure_ascii=False),
                        json.dumps(pack_places(passage.places), separators=(",", ":")),
                        hash_text(compose_embedding_text(title, passage)),
                    )
                    for passage in passages
                ],
            )

    def move(self, document_id: str, location: str) -> None:
        """Record that the file of a document now lies at `location`."""
        with self._database.writing() as connection:
            connection.execute("UPDATE documents SET location = ? WHERE id = ?", (location, document_id))

    def remove(self, document_ids: Iterable[str], at: datetime) -> None:
        """Delete documents with their passages; unknown ids are passed over. Those they stood in for answer again."""
        with self._database.writing() as connection:
            for document_id in document_ids:
                note_removed(connection, document_id, at)
                connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
                connection.execute("UPDATE documents SET newer_edition = NULL WHERE newer_edition = ?", (document_id,))

    def withdraw(self, document_id: str, reason: str | None, at: datetime) -> None:
        """Leave a document out of what is published from now on; all of it is kept. Raises NotFound."""
        with self._database.writing() as connection:
            self._require(document_id)
            put_withdrawal(connection, document_id, at, reason)

    def restore(self, document_id: str) -> bool:
        """Publish a withdrawn document again; return whether it was withdrawn. Raises NotFound."""
        with self._database.writing() as connection:
            self._require(document_id)
            return delete_withdrawal(connection, document_id)

    def withdrawn(self) -> frozenset[str]:
        """Return the ids of all withdrawn documents."""
        return list_withdrawn(self._database)

    def edit(self, document_id: str, edits: Mapping[str, MetadataValue | None]) -> Document:
        """Let `edits` stand in place of what the file says, None or empty giving a field back to it; return the document.

        Raises NotFound and InvalidMetadata. A new title is read by the embedder with every passage: they need embedding again.
        """
        with self._database.writing() as connection:
            document = self._require(document_id)
            known, filed = _read_edits(connection, document_id)
            filed = filed or document.metadata
            overrides = merge_overrides(known, edits)
            if overrides == known:
                return document
            connection.execute("DELETE FROM edits WHERE document_id = ?", (document_id,))
            if overrides:
                row = (document_id, encode_overrides(overrides), encode_metadata(filed))
                connection.execute("INSERT INTO edits VALUES (?, ?, ?)", row)
            edited = replace(document, metadata=override(filed, overrides))
            metadata = encode_metadata(edited.metadata)
            connection.execute("UPDATE documents SET metadata = ? WHERE id = ?", (metadata, document_id))
            if edited.metadata.title != document.metadata.title:
                _hash_passages_again(connection, edited)
            return edited

    def former_passages(self) -> Iterator[FormerPassage]:
        """Yield the passages that are not published any more."""
        return list_former_passages(self._database)

    def former_documents(self) -> Iterator[FormerDocument]:
        """Yield the documents that are not published any more."""
        return list_former_documents(self._database)

    def forget_oldest(self) -> None:
        """Forget the former passages that are too many, those first that went first."""
        forget_oldest(self._database, MAX_FORMER_PASSAGES)

    def set_newer_editions(self, newer_of: Mapping[str, str]) -> None:
        """Record by document id which document answers in its place; every document that is no key answers itself."""
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE documents SET newer_edition = ? WHERE id = ? AND newer_edition IS NOT ?",
                [
                    (newer, document_id, newer)
                    for (document_id,) in connection.execute("SELECT id FROM documents").fetchall()
                    for newer in (newer_of.get(document_id),)
                ],
            )

    def texts_of(self, document_id: str) -> list[str]:
        """Return the texts of a document's passages in order; empty if there is no such document."""
        rows = self._database.read("SELECT text FROM passages WHERE document_id = ? ORDER BY ordinal", (document_id,))
        return [text for (text,) in rows]

    def signatures(self, method: int) -> dict[str, bytes]:
        """Return by document id what `put_signatures` stored for `method`; a document put again has lost its own."""
        return dict(self._database.read("SELECT document_id, signature FROM signatures WHERE method = ?", (method,)).fetchall())

    def put_signatures(self, method: int, signatures: Mapping[str, bytes]) -> None:
        """Store the signatures of documents; those that another method made are replaced."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO signatures VALUES (?, ?, ?)",
                [(document_id, method, signature) for document_id, signature in signatures.items()],
            )

    def passages_without_embedding(self, model: str) -> list[tuple[str, str]]:
        """Return (embedding hash, text to embed), each hash once, for what `model` has not embedded yet."""
        rows = self._database.read(
            "SELECT p.embedding_hash, json_extract(d.metadata, '$.title'), p.heading_path, p.text"
            " FROM passages p JOIN documents d ON d.id = p.document_id"
            " LEFT JOIN embeddings v ON v.embedding_hash = p.embedding_hash AND v.model = ?"
            " WHERE v.model IS NULL GROUP BY p.embedding_hash ORDER BY p.document_id, p.ordinal",
            (model,),
        )
        return [
            (key, compose_embedding_text(title, Passage("", "", 0, text, tuple(json.loads(heading_path)))))
            for key, title, heading_path, text in rows
        ]

    def add_embeddings(self, model: str, hashes: Sequence[str], embeddings: Sequence[Embedding]) -> None:
        """Store embedding i for the text of `hashes[i]`, beside those of other models; of words the signs."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)",
                [
                    (key, model, embedding.vector.astype(_STORED).tobytes(), pack_signs(embedding.words))
                    for key, embedding in zip(hashes, embeddings, strict=True)
                ],
            )

    def use_model(self, model: str) -> None:
        """Let the embeddings of `model` answer from now on; does nothing if it has none."""
        if self.model != model:
            with self._database.writing() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO meta SELECT 'model', ? WHERE EXISTS (SELECT 1 FROM embeddings WHERE model = ?)",
                    (model, model),
                )

    def drop_stale_embeddings(self) -> None:
        """Delete embeddings of other models and of texts that no passage has any more."""
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM embeddings WHERE model IS NOT (SELECT value FROM meta WHERE key = 'model')"
                " OR embedding_hash NOT IN (SELECT embedding_hash FROM passages)"
            )

    def vectors(self) -> Vectors | None:
        """Return float32, shape (passages, dimension), row i for the i-th of `passages()`; None if there are none at all.

        A passage that was taken in while the model was missing has zeros: no question is near it.
        """
        rows = [vector for vector, _ in self._read_embeddings()]
        length = next((len(blob) for blob in rows if blob is not None), None)
        if length is None:
            return None
        missing = bytes(length)
        stored = np.frombuffer(b"".join(blob or missing for blob in rows), dtype=_STORED)
        return stored.reshape(len(rows), -1).astype(np.float32)

    def word_signs(self) -> list[bytes]:
        """Return what `pack_signs` made of each passage's words, as `passages()` orders them; empty where nothing is stored."""
        return [words or b"" for _, words in self._read_embeddings()]

    def _read_embeddings(self) -> list[tuple[bytes | None, bytes | None]]:
        """Return vector and words of each passage, None where the model in use has not embedded it."""
        return self._database.read(
            "SELECT e.vector, e.words FROM passages p"
            " LEFT JOIN embeddings e ON e.embedding_hash = p.embedding_hash AND e.model = ?"
            " WHERE p.document_id NOT IN (SELECT document_id FROM withdrawals) ORDER BY p.document_id, p.ordinal",
            (self.model,),
        ).fetchall()

    def _require(self, document_id: str) -> Document:
        document = self.find_by_id(document_id)
        if document is None:
            raise NotFound(f"Ein Dokument mit der Kennung „{document_id}“ gibt es nicht (mehr). Bitte neu suchen.")
        return document

    def _find_document(self, statement: str, value: str) -> Document | None:
        row = self._database.read(statement, (value,)).fetchone()
        return read_row(row) if row else None


def _read_edits(connection: Connection, document_id: str) -> tuple[dict[str, MetadataValue], Metadata | None]:
    """Return what editors say of a document, and what its file says; ({}, None) if they have not spoken."""
    row = connection.execute("SELECT fields, filed FROM edits WHERE document_id = ?", (document_id,)).fetchone()
    return ({}, None) if row is None else (decode_overrides(row[0]), decode_metadata(row[1]))


def _hash_passages_again(connection: Connection, document: Document) -> None:
    """Give the passages of a document with a new title the hash of what the embedder now reads of them."""
    rows = connection.execute("SELECT id, heading_path, text FROM passages WHERE document_id = ?", (document.id,)).fetchall()
    connection.executemany(
        "UPDATE passages SET embedding_hash = ? WHERE id = ?",
        [
            (
                hash_text(compose_embedding_text(document.metadata.title, Passage("", "", 0, text, tuple(json.loads(path))))),
                passage_id,
            )
            for passage_id, path, text in rows
        ],
    )
