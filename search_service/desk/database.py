"""The desk's own database `desk.sqlite` in the knowledge base folder; home of sqlite3 beside the catalogue.

It is a database of its own because the catalogue has one writer at a time, an ingest that may run for hours, and a job or
a new key must not wait for it; and because keys and jobs have to survive a knowledge base that is rebuilt from its documents.

Format history (SQLite's `user_version`). An older desk is lifted step by step, never refused: its keys are in use.
  1  keys, jobs, gaps
  2  jobs tell how far they are
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from search_service.errors import DeskUnavailable, name_os_error

DESK = "desk.sqlite"
_LOCK = "desk.lock"  # held while the database is made, so that two processes do not make two
BUSY_SECONDS = 5.0  # a writer waits this long for another one; transactions here take milliseconds

Connection = sqlite3.Connection  # for the modules of this package, which may not know sqlite3
Row = sqlite3.Row

# Step i lifts format i to i + 1.
_STEPS = (
    """
    CREATE TABLE keys (
      id TEXT PRIMARY KEY, name TEXT NOT NULL, scope TEXT NOT NULL, digest BLOB NOT NULL, created_at TEXT NOT NULL,
      last_used TEXT, expires TEXT, revoked_at TEXT
    );
    CREATE TABLE jobs (
      number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, state TEXT NOT NULL,
      created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT, document_id TEXT, generation INTEGER, file TEXT,
      metadata TEXT NOT NULL, detail TEXT, report TEXT, abandoned INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX jobs_by_state ON jobs (state, number);
    CREATE TABLE gaps (
      term BLOB PRIMARY KEY, days INTEGER NOT NULL, clients INTEGER NOT NULL, last_day TEXT NOT NULL, text TEXT
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE jobs ADD COLUMN step TEXT;
    ALTER TABLE jobs ADD COLUMN done INTEGER;
    ALTER TABLE jobs ADD COLUMN total INTEGER;
    """,
)
DESK_FORMAT = len(_STEPS)


class Database:
    """Opens a connection for each transaction, so that threads and processes share nothing but the file (0.3 ms each)."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the knowledge base; nothing is opened or made yet."""
        self._path = folder / DESK

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """Hand out a connection to read from, None while there is no desk; raise DeskUnavailable."""
        if not self._path.exists():
            yield None
            return
        with _explaining(), closing(self._open(BUSY_SECONDS)) as connection:
            yield connection

    @contextmanager
    def writing(self, patience: float = BUSY_SECONDS) -> Iterator[Connection]:
        """Hand out a connection inside one transaction that is committed at the end; make the desk if there is none.

        Raises DeskUnavailable if the folder cannot be written or another writer takes longer than `patience` seconds.
        """
        with _explaining():
            if not self._path.exists():
                self._create()
            with closing(self._open(patience)) as connection:
                # A key that was shown and a job that was promised outlive a power cut.
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:  # SQLite has already rolled back after a full disk
                        connection.execute("ROLLBACK")
                    raise

    def _open(self, patience: float) -> Connection:
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        connection = _connect(address, patience)
        is_fixed = False
        try:
            try:
                found = _read_format(connection)
            except sqlite3.OperationalError:
                # In a folder that is only readable SQLite cannot make the index of the write-ahead log. Without a log there
                # is nothing in it, and nobody who could write one.
                if Path(f"{self._path}-wal").exists() or os.access(self._path.parent, os.W_OK):
                    raise
                connection.close()
                connection = _connect(f"{address}&immutable=1", patience)
                found, is_fixed = _read_format(connection), True
            if found > DESK_FORMAT:
                raise DeskUnavailable(
                    f"Die Datei {DESK} hat das Format {found}, diese Version liest bis Format {DESK_FORMAT}. "
                    "Bitte die neuere Version von Ch@nge Wissen verwenden."
                )
            if found < DESK_FORMAT and not is_fixed:  # of a fixed one the keys hold; its jobs cannot be told
                _lift(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _create(self) -> None:
        """Make the database aside and put it in place whole, readable by nobody else."""
        if not self._path.parent.is_dir():
            raise DeskUnavailable(f"Den Ordner {self._path.parent} gibt es nicht. Bitte zuerst die Wissensbasis anlegen.")
        lock = os.open(self._path.with_name(_LOCK), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._path.exists():
                return
            aside = self._path.with_suffix(".new")
            aside.unlink(missing_ok=True)
            os.close(os.open(aside, os.O_CREAT | os.O_EXCL, 0o600))
            with closing(_connect(f"{aside.absolute().as_uri()}?mode=rw", BUSY_SECONDS)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                _lift(connection)
            aside.replace(self._path)
        finally:
            os.close(lock)


def _connect(address: str, patience: float) -> Connection:
    connection = sqlite3.connect(address, uri=True, timeout=patience, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _read_format(connection: Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def _lift(connection: Connection) -> None:
    """Bring the database to today's format in one transaction; another process may have done it meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    steps = _STEPS[_read_format(connection) :]
    statements = [statement for step in steps for statement in step.split(";") if statement.strip()]
    try:
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {DESK_FORMAT}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def _explaining() -> Iterator[None]:
    """Turn what the database and the system refuse into DeskUnavailable with its cure."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise DeskUnavailable(f"Die Datei {DESK} ist gerade belegt. Bitte gleich noch einmal versuchen.") from error
        raise DeskUnavailable(
            f"Die Datei {DESK} kann nicht geöffnet oder beschrieben werden. "
            "Bitte Rechte und freien Speicherplatz im Ordner der Wissensbasis prüfen."
        ) from error
    except sqlite3.DatabaseError as error:
        raise DeskUnavailable(
            f"Die Datei {DESK} ist beschädigt. Bitte eine Sicherung zurückspielen oder die Datei beiseitelegen "
            "und die Schlüssel neu anlegen; die Wissensbasis selbst ist nicht betroffen."
        ) from error
    except OSError as error:
        raise DeskUnavailable(
            f"Im Ordner der Wissensbasis kann die Datei {DESK} nicht angelegt werden ({name_os_error(error)}). "
            "Bitte die Rechte des Ordners prüfen."
        ) from error
