"""The one narrow interface to a knowledge base: `KnowledgeBase` for who writes, `Reader` for who answers."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from search_service.documents import Document, Passage
from search_service.embedder import Embedder
from search_service.errors import (
    KnowledgeBaseBusy,
    KnowledgeBaseDamaged,
    KnowledgeBaseMissing,
    ModelMismatch,
    NotFound,
    name_os_error,
)
from search_service.knowledge_base.catalogue import DATABASE_ERROR, Catalogue, explain_database_error
from search_service.knowledge_base.format import ANALYSIS_VERSION
from search_service.knowledge_base.generation import (
    CURRENT,
    Generation,
    list_generations,
    load_generation,
    load_newest_sound,
    read_current,
    sync_path,
    write_generation,
)

CATALOGUE = "catalogue.sqlite"
ORIGINALS = "originals"
LOCK = "writer.lock"
# Passages embedded between two commits: a killed ingest loses at most this much work (about ten seconds on two cores).
EMBEDDING_STEP = 128


class KnowledgeBase:
    """The writer's side: one process at a time, held by a lock on the folder. Use as a context manager."""

    def __init__(self, root: Path) -> None:
        """Open the knowledge base in `root`, creating it if there is none.

        Raises KnowledgeBaseBusy if another process writes to it, KnowledgeBaseDamaged if it cannot be read.
        """
        self.root = root
        try:
            (root / ORIGINALS).mkdir(parents=True, exist_ok=True)
            self._lock = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            what = name_os_error(error)
            raise KnowledgeBaseMissing(
                f"Im Ordner {root} kann keine Wissensbasis angelegt werden ({what}). Bitte Pfad und Rechte prüfen."
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise KnowledgeBaseBusy(
                f"In die Wissensbasis {root} schreibt gerade ein anderer Vorgang. Bitte warten, bis er fertig ist."
            ) from error
        try:
            self._catalogue = Catalogue(root / CATALOGUE, create=not list_generations(root))
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> KnowledgeBase:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()
        if isinstance(error, DATABASE_ERROR):
            raise explain_database_error(error) from error

    def close(self) -> None:
        """Close the catalogue and let the next writer in."""
        self._catalogue.close()
        os.close(self._lock)

    @property
    def model(self) -> str | None:
        """Fingerprint of the model whose vectors answer; None until a model has embedded everything for the first time."""
        return self._catalogue.model

    def find_by_location(self, location: str) -> Document | None:
        """Return the document read from `location`, or None."""
        return self._catalogue.find_by_location(location)

    def find_by_hash(self, content_hash: str) -> Document | None:
        """Return one document with this content, or None."""
        return self._catalogue.find_by_hash(content_hash)

    def find_by_id(self, document_id: str) -> Document | None:
        """Return the document of this id, or None."""
        return self._catalogue.find_by_id(document_id)

    def documents(self) -> Iterator[Document]:
        """Yield all documents."""
        yield from self._catalogue.documents()

    def put(self, document: Document, passages: Sequence[Passage], original: Path | None) -> None:
        """Store a document, its passages and a copy of its file; what it had before is replaced in one transaction."""
        if original is not None:
            self._keep_original(document.content_hash, original)
        self._catalogue.put(document, passages)

    def move(self, document_id: str, location: str) -> None:
        """Record that the file of a document now lies at `location`."""
        self._catalogue.move(document_id, location)

    def remove(self, document_ids: Sequence[str]) -> None:
        """Delete documents with their passages; unknown ids are passed over. Those they stood in for answer again."""
        self._catalogue.remove(document_ids)

    def set_newer_editions(self, newer_of: Mapping[str, str]) -> None:
        """Record by document id which document answers in its place; every document that is no key answers itself."""
        self._catalogue.set_newer_editions(newer_of)

    def texts_of(self, document_id: str) -> list[str]:
        """Return the texts of a document's passages in order; empty if there is no such document."""
        return self._catalogue.texts_of(document_id)

    def signatures(self, method: int) -> dict[str, bytes]:
        """Return by document id what `put_signatures` stored for `method`; a document put again has lost its own."""
        return self._catalogue.signatures(method)

    def put_signatures(self, method: int, signatures: Mapping[str, bytes]) -> None:
        """Store the signatures of documents; those that another method made are replaced."""
        self._catalogue.put_signatures(method, signatures)

    def check_model(self, fingerprint: str) -> None:
        """Raise ModelMismatch if the knowledge base holds vectors of another model."""
        if self.model not in (None, fingerprint):
            raise ModelMismatch(
                f"Die Wissensbasis wurde mit dem Modell {self.model} aufgebaut, eingestellt ist {fingerprint}. "
                "Bitte entweder das alte Modell einstellen oder mit „change-wissen ingest --reembed“ alles neu einbetten."
            )

    def embed_missing(self, embedder: Embedder, progress: Callable[[int, int], None] | None = None) -> int:
        """Embed every passage that `embedder` has not embedded yet; return how many. `progress(done, total)` follows each step.

        Vectors of another model go on answering until all are there, however often the work is broken off; then they
        give way, and `publish` drops them.
        """
        missing = self._catalogue.passages_without_embedding(embedder.fingerprint)
        # Longest first: batches of like length waste no padding, and the time left shrinks faster than shown.
        missing.sort(key=lambda item: len(item[1]), reverse=True)
        for start in range(0, len(missing), EMBEDDING_STEP):
            step = missing[start : start + EMBEDDING_STEP]
            embeddings = embedder.embed_passages([text for _, text in step])
            self._catalogue.add_embeddings(embedder.fingerprint, [key for key, _ in step], embeddings)
            if progress:
                progress(start + len(step), len(missing))
        self._catalogue.use_model(embedder.fingerprint)
        return len(missing)

    def publish(self) -> int | None:
        """Publish the catalogue's state as a new generation; return its number, or None if the current one already holds it."""
        if self._is_published():
            return None
        self._catalogue.drop_stale_embeddings()
        with self._catalogue.snapshot():
            documents = list(self._catalogue.documents())
            number = write_generation(
                self.root,
                revision=self._catalogue.revision,
                published_at=datetime.now(UTC),
                documents=documents,
                passages=list(self._catalogue.passages()),
                vectors=self._catalogue.vectors(),
                word_signs=self._catalogue.word_signs(),
                model=self._catalogue.model,
            )
        self._drop_originals({document.content_hash for document in documents})
        return number

    def _is_published(self) -> bool:
        try:
            current = read_current(self.root)
            if current is None:
                return False
            manifest = load_generation(self.root, current).manifest
        except KnowledgeBaseDamaged:
            return False
        return (manifest.revision, manifest.analysis) == (self._catalogue.revision, ANALYSIS_VERSION)

    def _keep_original(self, content_hash: str, original: Path) -> None:
        target = self.root / ORIGINALS / content_hash
        aside = target.with_suffix(".new")
        shutil.copyfile(original, aside)
        sync_path(aside)
        aside.replace(target)
        sync_path(target.parent)

    def _drop_originals(self, used: set[str]) -> None:
        """Delete copies no document refers to, except those the generation before still serves."""
        for number in list_generations(self.root):
            try:
                used |= {document.content_hash for document in load_generation(self.root, number).documents}
            except KnowledgeBaseDamaged:
                continue
        for entry in (self.root / ORIGINALS).iterdir():
            if entry.name not in used:
                entry.unlink()


class Reader:
    """The reader's side: hands out the current generation and changes over by itself when a new one is published."""

    def __init__(self, root: Path) -> None:
        """Load the current generation of `root`; raise KnowledgeBaseMissing or KnowledgeBaseDamaged."""
        self.root = root
        if not (root / CATALOGUE).is_file() and not list_generations(root):
            raise KnowledgeBaseMissing(
                f"Im Ordner {root} liegt keine Wissensbasis. Bitte zuerst „change-wissen ingest ORDNER --kb {root}“ ausführen."
            )
        self._seen = _read_current_text(root)
        if self._seen is None:
            raise KnowledgeBaseMissing(
                f"Die Wissensbasis {root} hat noch keinen veröffentlichten Suchindex. "
                "Bitte „change-wissen ingest“ bis zum Ende laufen lassen."
            )
        self._loading = threading.Lock()
        self._state = load_newest_sound(root)

    def current(self) -> tuple[Generation, str | None]:
        """Return the generation to answer from and, if it is not the newest, a German notice why."""
        if self._changed() and self._loading.acquire(blocking=False):
            try:
                self._change_over()
            finally:
                self._loading.release()
        return self._state

    def original(self, document: Document) -> Path:
        """Return the copy of the document's file; raise NotFound if there is none."""
        path = self.root / ORIGINALS / document.content_hash
        if not path.is_file():
            raise NotFound("Die Originaldatei zu diesem Dokument liegt nicht in der Wissensbasis.")
        return path

    def _changed(self) -> bool:
        return _read_current_text(self.root) != self._seen

    def _change_over(self) -> None:
        seen = _read_current_text(self.root)
        try:
            self._state = load_newest_sound(self.root)
        except KnowledgeBaseDamaged as error:
            self._state = (self._state[0], f"{error} Bis dahin antwortet der Stand davor.")
        self._seen = seen


def _read_current_text(root: Path) -> bytes | None:
    """Return what CURRENT says, sound or not, to notice a change; None if it is not there."""
    try:
        return (root / CURRENT).read_bytes()
    except OSError:
        return None
