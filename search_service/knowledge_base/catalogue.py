"""The one truth: documents, passages and vectors in a SQLite database (WAL, fully synchronous). The only home of sqlite3."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np

from search_service.documents import Document, Passage, compose_embedding_text, hash_text
from search_service.embedder import Embedding, Vectors
from search_service.errors import KnowledgeBaseBusy, KnowledgeBaseDamaged
from search_service.knowledge_base.format import FORMAT_VERSION
from search_service.knowledge_base.records import (
    decode_metadata,
    encode_metadata,
    pack_pages,
    pack_places,
    unpack_pages,
    unpack_places,
)
from search_service.knowledge_base.word_vectors import pack_signs

DATABASE_ERROR = sqlite3.DatabaseError  # what every failure of the database is, for callers that may not know sqlite3
BUSY_SECONDS = 10.0  # a writer waits this long for another writer's transaction; readers never wait in WAL mode

# Half precision moves a cosine by less than 0.0005 and halves the space (docs/decisions/0011).
_STORED = np.dtype("<f2")
# Bytes. Embeddings take 3.5 KB: in pages of 4 KB a quarter of the file is empty, in these a tenth. For the same reason the
# tables with long rows have row ids.
_PAGE_SIZE = 16_384

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
  id TEXT PRIMARY KEY, location TEXT NOT NULL UNIQUE, content_hash TEXT NOT NULL, media_type TEXT NOT NULL,
  size INTEGER NOT NULL, page_count INTEGER, indexed_at TEXT NOT NULL, metadata TEXT NOT NULL, reading INTEGER NOT NULL,
  newer_edition TEXT
) WITHOUT ROWID;
CREATE INDEX documents_by_hash ON documents (content_hash);
CREATE TABLE passages (
  id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL,
  text TEXT NOT NULL, heading_path TEXT NOT NULL, pages TEXT NOT NULL, places TEXT NOT NULL,
  embedding_hash TEXT NOT NULL,
  UNIQUE (document_id, ordinal)
);
CREATE INDEX passages_by_embedding ON passages (embedding_hash);
CREATE TABLE embeddings (
  embedding_hash TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL, words BLOB NOT NULL,
  PRIMARY KEY (embedding_hash, model)
);
CREATE TABLE signatures (
  document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, method INTEGER NOT NULL, signature BLOB NOT NULL
) WITHOUT ROWID;
"""


class Catalogue:
    """One connection to the database. What a method writes is one transaction; the revision rises if it changed anything."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open `path`; raise KnowledgeBaseDamaged if it is no catalogue or of another format, or missing and not to be made."""
        if not create and not (path.is_file() and path.stat().st_size):
            raise KnowledgeBaseDamaged(
                f"Die Datenbank {path.name} fehlt oder ist leer, obwohl es schon einen Suchindex gibt. "
                "Bitte eine Sicherung des ganzen Ordners zurückspielen oder die Dokumente in einen neuen Ordner aufnehmen."
            )
        try:
            self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise explain_database_error(error) from error
        try:
            self._connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")  # of a new file; an old one keeps its own
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            if create and not self._connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                # One transaction, so that a process killed in it leaves no half catalogue.
                self._connection.executescript(f"BEGIN; {_SCHEMA}")
                self._connection.execute("INSERT INTO meta VALUES ('format', ?)", (str(FORMAT_VERSION),))
                self._connection.execute("COMMIT")
            found = self.read_meta("format")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise explain_database_error(error) from error
        if found != str(FORMAT_VERSION):
            self._connection.close()
            raise KnowledgeBaseDamaged(
                f"Die Wissensbasis hat das Format {found}, diese Version liest Format {FORMAT_VERSION}. "
                "Bitte die Dokumente mit „change-wissen ingest“ in einen neuen Ordner aufnehmen."
            )

    def close(self) -> None:
        """Close the connection; the write-ahead log is folded into the database."""
        self._connection.close()

    def read_meta(self, key: str) -> str | None:
        """Return the value stored under `key`, or None."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    @property
    def revision(self) -> int:
        """Number of changes so far; a generation of the same revision holds the same content."""
        return int(self.read_meta("revision") or 0)

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
        """Yield all documents in the order of their ids, which is the order of rows in a generation."""
        for row in self._connection.execute("SELECT * FROM documents ORDER BY id"):
            yield _read_document(row)

    def passages(self) -> Iterator[Passage]:
        """Yield all passages by document id, then in the order of their document."""
        rows = self._connection.execute(
            "SELECT id, document_id, ordinal, text, heading_path, pages, places FROM passages ORDER BY document_id, ordinal"
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
        """Store a document with its passages; those it had before are replaced in the same transaction."""
        title = document.metadata.title
        with self._writing() as connection:
            connection.execute("DELETE FROM documents WHERE id = ?", (document.id,))
            connection.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _write_document(document))
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
        with self._writing() as connection:
            connection.execute("UPDATE documents SET location = ? WHERE id = ?", (location, document_id))

    def remove(self, document_ids: Iterable[str]) -> None:
        """Delete documents with their passages; unknown ids are passed over. Those they stood in for answer again."""
        gone = [(document_id,) for document_id in document_ids]
        with self._writing() as connection:
            connection.executemany("DELETE FROM documents WHERE id = ?", gone)
            connection.executemany("UPDATE documents SET newer_edition = NULL WHERE newer_edition = ?", gone)

    def set_newer_editions(self, newer_of: Mapping[str, str]) -> None:
        """Record by document id which document answers in its place; every document that is no key answers itself."""
        with self._writing() as connection:
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
        rows = self._connection.execute("SELECT text FROM passages WHERE document_id = ? ORDER BY ordinal", (document_id,))
        return [text for (text,) in rows]

    def signatures(self, method: int) -> dict[str, bytes]:
        """Return by document id what `put_signatures` stored for `method`; a document put again has lost its own."""
        return dict(
            self._connection.execute("SELECT document_id, signature FROM signatures WHERE method = ?", (method,)).fetchall()
        )

    def put_signatures(self, method: int, signatures: Mapping[str, bytes]) -> None:
        """Store the signatures of documents; those that another method made are replaced."""
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO signatures VALUES (?, ?, ?)",
                [(document_id, method, signature) for document_id, signature in signatures.items()],
            )

    def passages_without_embedding(self, model: str) -> list[tuple[str, str]]:
        """Return (embedding hash, text to embed), each hash once, for what `model` has not embedded yet."""
        rows = self._connection.execute(
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
        with self._writing() as connection:
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
            with self._writing() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO meta SELECT 'model', ? WHERE EXISTS (SELECT 1 FROM embeddings WHERE model = ?)",
                    (model, model),
                )

    def drop_stale_embeddings(self) -> None:
        """Delete embeddings of other models and of texts that no passage has any more."""
        with self._writing() as connection:
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
        return self._connection.execute(
            "SELECT e.vector, e.words FROM passages p"
            " LEFT JOIN embeddings e ON e.embedding_hash = p.embedding_hash AND e.model = ?"
            " ORDER BY p.document_id, p.ordinal",
            (self.model,),
        ).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one consistent state for all reads inside the block, whatever others write meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise explain_database_error(error) from error
            raise KnowledgeBaseBusy(
                "In die Wissensbasis schreibt gerade ein anderer Vorgang. Bitte warten, bis er fertig ist, und erneut starten."
            ) from error
        before = self._connection.total_changes
        try:
            yield self._connection
            if self._connection.total_changes > before:
                self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('revision', ?)", (str(self.revision + 1),))
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:  # SQLite has already rolled back after a full disk
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise explain_database_error(error) from error
            raise

    def _find_document(self, statement: str, value: str) -> Document | None:
        row = self._connection.execute(statement, (value,)).fetchone()
        return _read_document(row) if row else None


def explain_database_error(error: BaseException) -> KnowledgeBaseDamaged:
    """Return what a failure of SQLite means for the operator: rights and space, or a damaged file."""
    if isinstance(error, sqlite3.OperationalError):
        return KnowledgeBaseDamaged(
            "Die Datenbank der Wissensbasis kann nicht geöffnet oder beschrieben werden. "
            "Bitte Rechte und freien Speicherplatz prüfen; was schon aufgenommen war, ist erhalten."
        )
    return KnowledgeBaseDamaged(
        "Die Datenbank der Wissensbasis ist beschädigt. Der letzte Suchindex antwortet weiter; "
        "bitte eine Sicherung zurückspielen oder die Dokumente in einen neuen Ordner aufnehmen."
    )


_DocumentRow = tuple[str, str, str, str, int, int | None, str, str, int, str | None]  # in the order of the schema's columns


def _write_document(document: Document) -> _DocumentRow:
    return (
        document.id,
        document.location,
        document.content_hash,
        document.media_type,
        document.size,
        document.page_count,
        document.indexed_at.isoformat(),
        encode_metadata(document.metadata),
        document.reading,
        document.newer_edition,
    )


def _read_document(row: _DocumentRow) -> Document:
    document_id, location, content_hash, media_type, size, page_count, indexed_at, metadata, reading, newer_edition = row
    return Document(
        document_id,
        location,
        content_hash,
        media_type,
        size,
        page_count,
        datetime.fromisoformat(indexed_at),
        decode_metadata(metadata),
        reading,
        newer_edition,
    )
