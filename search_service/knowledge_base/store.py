"""The one narrow interface to a knowledge base: `KnowledgeBase` for who writes, `Reader` for who answers."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from search_service.documents import Document, Passage
from search_service.embedder import Embedder
from search_service.errors import (
    InvalidQuery,
    KnowledgeBaseBusy,
    KnowledgeBaseDamaged,
    KnowledgeBaseMissing,
    ModelMismatch,
    NotFound,
    name_os_error,
)
from search_service.knowledge_base.catalogue import Catalogue
from search_service.knowledge_base.database import DATABASE_ERROR, explain_database_error
from search_service.knowledge_base.format import ANALYSIS_VERSION
from search_service.knowledge_base.former import FormerDocument
from search_service.knowledge_base.generation import (
    Generation,
    load_generation,
    load_newest_sound,
    write_generation,
)
from search_service.knowledge_base.manifests import (
    CURRENT,
    Manifest,
    PublishedGeneration,
    list_generations,
    list_published,
    make_current,
    read_current,
    write_withdrawn,
)
from search_service.knowledge_base.originals import ORIGINALS, drop_originals, drop_page_images, keep_original
from search_service.knowledge_base.overrides import MetadataValue

CATALOGUE = "catalogue.sqlite"
LOCK = "writer.lock"
# Passages embedded between two commits: a killed ingest loses at most this much work (about ten seconds on two cores).
EMBEDDING_STEP = 128
MAX_REASON = 500  # characters of the reason for a withdrawal: it stands on a page
_ROLLED_BACK = "rolled_back"  # key of the catalogue: "NUMBER REVISION", the generation chosen and the catalogue it holds back


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
        """Yield all documents, withdrawn ones, too."""
        yield from self._catalogue.documents()

    def put(self, document: Document, passages: Sequence[Passage], original: Path | None) -> None:
        """Store a document, its passages and a copy of its file; what it had before is replaced in one transaction."""
        if original is not None:
            keep_original(self.root, document.content_hash, original)
        self._catalogue.put(document, passages)

    def move(self, document_id: str, location: str) -> None:
        """Record that the file of a document now lies at `location`."""
        self._catalogue.move(document_id, location)

    def remove(self, document_ids: Sequence[str]) -> None:
        """Delete documents with their passages; unknown ids are passed over. Those they stood in for answer again."""
        self._catalogue.remove(document_ids, datetime.now(UTC))

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

    def withdraw(self, document_id: str, reason: str | None = None) -> None:
        """Leave a document out of every generation published from now on; all of it is kept, and kept up to date.

        Its former passages tell `reason`. One withdrawn before stays so; a new reason replaces the old one. Raises NotFound.
        """
        told = " ".join((reason or "").encode(errors="replace").decode().split())[:MAX_REASON]
        self._catalogue.withdraw(document_id, told or None, datetime.now(UTC))

    def restore(self, document_id: str) -> bool:
        """Publish a withdrawn document again, with the next generation; return whether it was withdrawn. Raises NotFound."""
        return self._catalogue.restore(document_id)

    def withdrawn(self) -> frozenset[str]:
        """Return the ids of all withdrawn documents."""
        return self._catalogue.withdrawn()

    def find_withdrawal(self, document_id: str) -> FormerDocument | None:
        """Return when and why a document was withdrawn; None if it is not."""
        former = self._catalogue.former_documents()
        return next((each for each in former if each.id == document_id and each.is_withdrawn), None)

    def edit_metadata(self, document_id: str, edits: Mapping[str, MetadataValue | None]) -> Document:
        """Let `edits` stand in place of what the file says, however often it is read again; return the edited document.

        By field of Metadata, each value as `ingest.describe` reads it; None or empty gives the field back to the file.
        A new title leaves the passages without embedding until `embed_missing`. Raises NotFound and InvalidMetadata.
        """
        return self._catalogue.edit(document_id, edits)

    def check_model(self, fingerprint: str) -> None:
        """Raise ModelMismatch if the knowledge base holds vectors of another model."""
        if self.model not in (None, fingerprint):
            raise ModelMismatch(
                f"Die Wissensbasis wurde mit dem Modell {self.model} aufgebaut, eingestellt ist {fingerprint}. "
                "Bitte entweder das alte Modell einstellen oder mit „change-wissen ingest --reembed“ alles neu einbetten."
            )

    def embed_missing(self, embedder: Embedder, progress: Callable[[int, int], None] | None = None) -> int:
        """Embed every passage that `embedder` has not embedded yet; return how many. `progress(done, total)` comes before
        the first, and as often as the embedder tells of some, which is oftener than they are written down.

        Vectors of another model go on answering until all are there, however often the work is broken off; then they
        give way, and `publish` drops them.
        """
        missing = self._catalogue.passages_without_embedding(embedder.fingerprint)
        # Longest first: batches of like length waste no padding, and the time left shrinks faster than shown.
        missing.sort(key=lambda item: len(item[1]), reverse=True)
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            if progress and missing:
                progress(done, len(missing))

        count(0)
        for start in range(0, len(missing), EMBEDDING_STEP):
            step = missing[start : start + EMBEDDING_STEP]
            embeddings = embedder.embed_passages([text for _, text in step], count)
            self._catalogue.add_embeddings(embedder.fingerprint, [key for key, _ in step], embeddings)
        self._catalogue.use_model(embedder.fingerprint)
        return len(missing)

    def publish(self, *, anew: bool = False) -> int | None:
        """Publish the catalogue's state as a new generation; return its number, or None if the current one already holds it.

        None, too, while a generation rolled back to answers and the catalogue has not changed since, unless `anew`.
        """
        # Before the generation that leaves them out: from then on the older ones are what a damaged one falls back to.
        write_withdrawn(self.root, self.withdrawn())
        current = self._load_current()
        if current is not None:
            if (current.revision, current.analysis) == (self._catalogue.revision, ANALYSIS_VERSION):
                return None
            if self._read_roll_back() == (current.number, self._catalogue.revision) and not anew:
                return None
        self._catalogue.drop_stale_embeddings()
        self._catalogue.forget_oldest()
        with self._catalogue.snapshot():
            documents = list(self._catalogue.documents_to_publish())
            number = write_generation(
                self.root,
                revision=self._catalogue.revision,
                published_at=datetime.now(UTC),
                documents=documents,
                passages=list(self._catalogue.passages()),
                vectors=self._catalogue.vectors(),
                word_signs=self._catalogue.word_signs(),
                model=self._catalogue.model,
                former_passages=self._catalogue.former_passages(),
                former_documents=self._catalogue.former_documents(),
            )
        drop_originals(self.root, {document.content_hash for document in self._catalogue.documents()})
        drop_page_images(self.root, {document.content_hash for document in documents})
        return number

    def roll_back(self, number: int) -> None:
        """Let a kept generation answer again, until the catalogue changes or `publish(anew=True)`.

        Raises NotFound if it is not kept, KnowledgeBaseDamaged if it is not sound, and InvalidQuery if it would show
        documents that have been withdrawn since.
        """
        if number not in list_generations(self.root):
            kept = ", ".join(map(str, list_generations(self.root))) or "keiner"
            raise NotFound(f"Den Suchindex {number} gibt es nicht (mehr). Vorhanden: {kept}.")
        generation = load_generation(self.root, number)
        shown = sorted(self.withdrawn() & generation.position_of.keys())
        if shown:
            title = generation.documents[generation.position_of[shown[0]]].metadata.title
            more = f" und {len(shown) - 1} weitere" if len(shown) > 1 else ""
            raise InvalidQuery(
                f"Im Suchindex {number} steht, was seither zurückgezogen wurde: „{title}“ ({shown[0]}){more}. Zurückgezogenes "
                "erscheint nicht wieder; bitte einen neueren Suchindex wählen oder das Dokument zuerst wiederherstellen."
            )
        # First what holds it in place: without the rename after it, it says nothing.
        is_newest_state = generation.manifest.revision == self._catalogue.revision
        self._catalogue.put_meta(_ROLLED_BACK, "0 0" if is_newest_state else f"{number} {self._catalogue.revision}")
        make_current(self.root, number)

    @property
    def rolled_back_to(self) -> int | None:
        """Number of the generation that answers because it was rolled back to; None if the newest state answers."""
        try:
            current = read_current(self.root)
        except KnowledgeBaseDamaged:
            return None
        number, _ = self._read_roll_back()
        return current if current == number else None

    def list_generations(self) -> tuple[PublishedGeneration, ...]:
        """Return the generations that are kept, the newest first."""
        return list_published(self.root)

    def _read_roll_back(self) -> tuple[int, int]:
        """Return the generation last rolled back to and the catalogue's revision then; (0, 0) if there is none."""
        number, _, revision = (self._catalogue.read_meta(_ROLLED_BACK) or "0 0").partition(" ")
        return int(number), int(revision)

    def _load_current(self) -> Manifest | None:
        """Return what the current generation says of itself if every byte of it is sound, else None."""
        try:
            current = read_current(self.root)
            return None if current is None else load_generation(self.root, current).manifest
        except KnowledgeBaseDamaged:
            return None


class Reader:
    """The reader's side: hands out the current generation and changes over by itself when a new one is published."""

    def __init__(self, root: Path, *, waits: bool = False) -> None:
        """Load the current generation of `root`; raise KnowledgeBaseMissing or KnowledgeBaseDamaged.

        With `waits` the folder may be empty: until the first generation is published, `current` raises KnowledgeBaseMissing.
        """
        self.root = root
        self._loading = threading.Lock()
        self._seen = _read_current_text(root)
        self._state: tuple[Generation, str | None] | None = None
        if self._seen is not None:
            self._state = load_newest_sound(root)
        elif not (waits and root.is_dir()):
            raise self._explain_missing()

    def _explain_missing(self) -> KnowledgeBaseMissing:
        if not (self.root / CATALOGUE).is_file() and not list_generations(self.root):
            return KnowledgeBaseMissing(
                f"Im Ordner {self.root} liegt keine Wissensbasis. "
                f"Bitte zuerst „change-wissen ingest ORDNER --kb {self.root}“ ausführen."
            )
        return KnowledgeBaseMissing(
            f"Die Wissensbasis {self.root} hat noch keinen veröffentlichten Suchindex. "
            "Bitte „change-wissen ingest“ bis zum Ende laufen lassen."
        )

    def current(self) -> tuple[Generation, str | None]:
        """Return the generation to answer from and, if it is not the newest, a German notice why.

        Raises KnowledgeBaseMissing before the first is published.
        """
        if self._changed() and self._loading.acquire(blocking=False):
            try:
                self._change_over()
            finally:
                self._loading.release()
        if self._state is None:
            raise self._explain_missing()
        return self._state

    def peek(self) -> tuple[Generation, str | None] | None:
        """Return what `current` would, at once; None if that would have to load a generation first, or there is none."""
        return None if self._changed() and not self._loading.locked() else self._state

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
            if self._state is None:
                raise
            self._state = (self._state[0], f"{error} Bis dahin antwortet der Stand davor.")
        self._seen = seen


def _read_current_text(root: Path) -> bytes | None:
    """Return what CURRENT says, sound or not, to notice a change; None if it is not there."""
    try:
        return (root / CURRENT).read_bytes()
    except OSError:
        return None
