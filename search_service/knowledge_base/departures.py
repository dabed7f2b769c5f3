"""The tables of what is gone: withdrawals, former passages and documents. What is written joins the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime

from search_service.knowledge_base.database import Connection, Database
from search_service.knowledge_base.former import FormerDocument, FormerPassage
from search_service.knowledge_base.records import unpack_pages

_REMEMBER = "INSERT OR REPLACE INTO former_passages SELECT id, document_id, ordinal, heading_path, pages, ? FROM passages "


def note_replaced(connection: Connection, document_id: str, passage_ids: Collection[str], at: datetime) -> None:
    """Record, before a document is put again, which of its passages it will not have any more, and which come back."""
    kept = set(passage_ids)
    for (passage_id,) in connection.execute("SELECT id FROM passages WHERE document_id = ?", (document_id,)).fetchall():
        if passage_id not in kept:
            connection.execute(f"{_REMEMBER} WHERE id = ?", (at.isoformat(), passage_id))
    connection.executemany("DELETE FROM former_passages WHERE id = ?", [(passage_id,) for passage_id in kept])
    connection.execute("DELETE FROM former_documents WHERE id = ?", (document_id,))


def note_removed(connection: Connection, document_id: str, at: datetime) -> None:
    """Record, before a document is removed, that it and its passages are gone; does nothing if there is no such document."""
    connection.execute(
        "INSERT OR REPLACE INTO former_documents SELECT id, json_extract(metadata, '$.title'), media_type, ?"
        " FROM documents WHERE id = ?",
        (at.isoformat(), document_id),
    )
    connection.execute(f"{_REMEMBER} WHERE document_id = ?", (at.isoformat(), document_id))


def forget_oldest(database: Database, limit: int) -> None:
    """Keep the `limit` former passages that went last, and the former documents that still have one."""
    (count,) = database.read("SELECT count(*) FROM former_passages").fetchone()
    if count <= limit:
        return
    with database.writing() as connection:
        connection.execute(
            "DELETE FROM former_passages WHERE id IN (SELECT id FROM former_passages ORDER BY gone_at, id LIMIT ?)",
            (count - limit,),
        )
        connection.execute("DELETE FROM former_documents WHERE id NOT IN (SELECT document_id FROM former_passages)")


def put_withdrawal(connection: Connection, document_id: str, at: datetime, reason: str | None) -> None:
    """Record that a document is withdrawn; one withdrawn before keeps its time, and its reason unless a new one is given."""
    connection.execute(
        "INSERT INTO withdrawals VALUES (:id, :at, :reason) ON CONFLICT (document_id) DO UPDATE SET reason = :reason"
        " WHERE :reason IS NOT NULL AND reason IS NOT :reason",
        {"id": document_id, "at": at.isoformat(), "reason": reason},
    )


def delete_withdrawal(connection: Connection, document_id: str) -> bool:
    """Record that a document is withdrawn no longer; return whether it was."""
    return bool(connection.execute("DELETE FROM withdrawals WHERE document_id = ?", (document_id,)).rowcount)


def list_withdrawn(database: Database) -> frozenset[str]:
    """Return the ids of documents that are withdrawn, those among them whose file is gone meanwhile included."""
    return frozenset(document_id for (document_id,) in database.read("SELECT document_id FROM withdrawals"))


def list_former_passages(database: Database) -> Iterator[FormerPassage]:
    """Yield the passages that no generation made now holds: replaced, removed, or of a withdrawn document."""
    rows = database.read(
        "SELECT id, document_id, ordinal, heading_path, pages, gone_at FROM former_passages UNION ALL"
        " SELECT p.id, p.document_id, p.ordinal, p.heading_path, p.pages, w.withdrawn_at"
        " FROM passages p JOIN withdrawals w ON w.document_id = p.document_id"
    )
    for passage_id, document_id, ordinal, heading_path, pages, gone_at in rows:
        when = datetime.fromisoformat(gone_at)
        path = tuple(json.loads(heading_path))
        yield FormerPassage(passage_id, document_id, ordinal, path, unpack_pages(json.loads(pages)), when)


def list_former_documents(database: Database) -> Iterator[FormerDocument]:
    """Yield the documents that no generation made now holds: withdrawn, or removed because their file is gone."""
    rows = database.read(
        "SELECT d.id, json_extract(d.metadata, '$.title'), d.media_type, w.withdrawn_at, TRUE, w.reason"
        " FROM documents d JOIN withdrawals w ON w.document_id = d.id UNION ALL"
        " SELECT f.id, f.title, f.media_type, coalesce(w.withdrawn_at, f.gone_at), w.withdrawn_at IS NOT NULL, w.reason"
        " FROM former_documents f LEFT JOIN withdrawals w ON w.document_id = f.id"
    )
    for document_id, title, media_type, gone_at, is_withdrawn, reason in rows:
        yield FormerDocument(document_id, title, media_type, datetime.fromisoformat(gone_at), bool(is_withdrawn), reason)
