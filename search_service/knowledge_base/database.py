"""The database file: its schema, its one connection, its transactions, what its failures mean. A home of sqlite3."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from search_service.errors import KnowledgeBaseBusy, KnowledgeBaseDamaged
from search_service.knowledge_base.format import FORMAT_VERSION, OLDEST_FORMAT

Connection = sqlite3.Connection  # for the modules of this package, which may not know sqlite3
DATABASE_ERROR = sqlite3.DatabaseError  # what every failure of the database is, for callers that may not know sqlite3
BUSY_SECONDS = 10.0  # a writer waits this long for another writer's transaction; readers never wait in WAL mode

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
# These outlive the document they are about: one that is read again, or comes back, must not lose what editors decided.
_SINCE_4 = """
CREATE TABLE withdrawals (document_id TEXT PRIMARY KEY, withdrawn_at TEXT NOT NULL, reason TEXT) WITHOUT ROWID;
CREATE TABLE edits (document_id TEXT PRIMARY KEY, fields TEXT NOT NULL, filed TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE former_passages (
  id TEXT PRIMARY KEY, document_id TEXT NOT NULL, ordinal INTEGER NOT NULL, heading_path TEXT NOT NULL, pages TEXT NOT NULL,
  gone_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX former_passages_by_document ON former_passages (document_id);
CREATE INDEX former_passages_by_age ON former_passages (gone_at);
CREATE TABLE former_documents (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, media_type TEXT NOT NULL, gone_at TEXT NOT NULL
) WITHOUT ROWID;
"""
_LIFTS = {3: _SINCE_4}  # by the format that is lifted to the next one


class Database:
    """One connection to the file. What `writing` holds is one transaction; if it changes anything, the revision rises."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open `path`, lifting an older format; KnowledgeBaseDamaged if it is no catalogue, or missing and not to be made."""
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
                self._run(f"{_SCHEMA}{_SINCE_4}", FORMAT_VERSION)
            self._bring_up_to_date()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise explain_database_error(error) from error
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection; the write-ahead log is folded into the database."""
        self._connection.close()

    def read(self, statement: str, parameters: Sequence[str | int | None] = ()) -> sqlite3.Cursor:
        """Return the rows of a SELECT."""
        return self._connection.execute(statement, parameters)

    def read_meta(self, key: str) -> str | None:
        """Return the value stored under `key`, or None."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def put_meta(self, key: str, value: str) -> None:
        """Store `value` under `key`; the revision stays, for nothing that is published depends on it."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @property
    def revision(self) -> int:
        """Number of changes so far; a generation of the same revision holds the same content."""
        return int(self.read_meta("revision") or 0)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one consistent state for all reads inside the block, whatever others write meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hand out the connection inside one transaction; raise KnowledgeBaseBusy or KnowledgeBaseDamaged."""
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

    def _bring_up_to_date(self) -> None:
        found = self.read_meta("format") or ""
        number = int(found) if found.isdecimal() else 0
        if number > FORMAT_VERSION:
            raise KnowledgeBaseDamaged(
                f"Die Wissensbasis hat das Format {found}, diese Version von Ch@nge Wissen kennt nur Format {FORMAT_VERSION} "
                "und ältere. Die Daten sind unversehrt; bitte das Programm auf diesem Rechner aktualisieren."
            )
        if number < OLDEST_FORMAT:
            raise KnowledgeBaseDamaged(
                f"Die Wissensbasis hat das Format {found}, diese Version liest Format {OLDEST_FORMAT} bis {FORMAT_VERSION}. "
                "Bitte die Dokumente mit „change-wissen ingest“ in einen neuen Ordner aufnehmen."
            )
        for step in range(number, FORMAT_VERSION):
            self._run(_LIFTS[step], step + 1)

    def _run(self, statements: str, number: int) -> None:
        """Make tables and record the format they make, in one transaction: a process killed in it leaves all as it was."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements.split(";"):
                self._connection.execute(statement)
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('format', ?)", (str(number),))
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


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
