"""A generation: one complete, immutable, published state of the index, in a folder of its own.

Written aside, checked, synced, renamed; only then does the file CURRENT name it. Every byte that is read back has
been hashed first, because FAISS loads a flipped bit without complaint (5 % of 2,400 flips gave wrong neighbours).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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
from search_service.knowledge_base.lexical import LexicalIndex, build_lexical_index
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

GENERATIONS = "generations"
CURRENT = "CURRENT"
MANIFEST = "manifest.json"
SEAL = "seal"  # the manifest's own SHA-256, beside its fields
WHOLE = "whole-"  # of the files of the index over whole documents
SPELLINGS = "spellings.tsv"
KEPT = 2  # the current generation and the one before it, for rollback
_REPAIR = "Bitte „change-wissen ingest“ erneut ausführen; der Index wird aus der Datenbank neu gebaut."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself."""

    number: int
    published_at: str  # ISO 8601, UTC
    revision: int  # of the catalogue it was built from
    documents: int
    passages: int
    model: str | None  # fingerprint; None without vectors
    dimension: int | None
    format: int
    analysis: int
    sha256: dict[str, str]  # by file name


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
        #: int64, shape (passages,): position in `documents` of the document each passage belongs to
        self.document_of = np.frombuffer(contents["document-of.i64"], dtype="<i8")
        sizes = {len(self._passage_lines) if manifest.passages else 0, len(self.document_of)}
        if self.dense and self.words:
            sizes |= {self.dense.row_count, self.words.row_count}
        if sizes != {manifest.passages} or len(self.documents) != manifest.documents:
            raise KnowledgeBaseDamaged(f"Der Suchindex {manifest.number} ist unvollständig. {_REPAIR}")

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
    _make_current(root, number)
    for old in list_generations(root)[:-KEPT]:
        shutil.rmtree(_folder(root, old), ignore_errors=True)
    return number


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


def list_generations(root: Path) -> list[int]:
    """Return the numbers of the generations under `root`, ascending."""
    return sorted(int(entry.name) for entry in (root / GENERATIONS).glob("[0-9]*") if entry.name.isdigit())


def read_current(root: Path) -> int | None:
    """Return the number that CURRENT names, or None if nothing was published yet. Raises KnowledgeBaseDamaged."""
    try:
        text = (root / CURRENT).read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeBaseDamaged(f"Die Datei {CURRENT} der Wissensbasis ist nicht lesbar. {_REPAIR}") from error
    if not text.isdigit():
        raise KnowledgeBaseDamaged(f"Die Datei {CURRENT} der Wissensbasis ist beschädigt. {_REPAIR}")
    return int(text)


def read_manifest(root: Path, number: int) -> Manifest:
    """Return the manifest of a generation; raise KnowledgeBaseDamaged if it is missing, damaged or of another format."""
    try:
        fields = dict(json.loads((_folder(root, number) / MANIFEST).read_bytes()))
        if fields["format"] != FORMAT_VERSION:
            raise KnowledgeBaseDamaged(f"Der Suchindex {number} hat ein anderes Format als diese Version. {_REPAIR}")
        seal, manifest = fields.pop(SEAL), Manifest(**fields)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise KnowledgeBaseDamaged(f"Das Verzeichnis des Suchindex {number} ist nicht lesbar. {_REPAIR}") from error
    if seal != _seal(manifest) or manifest.number != number:
        raise KnowledgeBaseDamaged(f"Das Verzeichnis des Suchindex {number} ist beschädigt. {_REPAIR}")
    return manifest


def load_generation(root: Path, number: int) -> Generation:
    """Return a generation, every byte of it checked; raise KnowledgeBaseDamaged with the cure otherwise."""
    manifest = read_manifest(root, number)
    contents = {}
    for name, expected in manifest.sha256.items():
        try:
            contents[name] = (_folder(root, number) / name).read_bytes()
        except OSError as error:
            raise KnowledgeBaseDamaged(f"Im Suchindex {number} fehlt die Datei {name}. {_REPAIR}") from error
        if hashlib.sha256(contents[name]).hexdigest() != expected:
            raise KnowledgeBaseDamaged(f"Im Suchindex {number} ist die Datei {name} beschädigt. {_REPAIR}")
    try:
        return Generation(manifest, contents)
    except (KeyError, ValueError, TypeError) as error:
        raise KnowledgeBaseDamaged(f"Der Suchindex {number} ist unvollständig. {_REPAIR}") from error


def load_newest_sound(root: Path) -> tuple[Generation, str | None]:
    """Return (generation, None), or an older sound one with a German notice if the current one is damaged.

    Raises KnowledgeBaseDamaged if none can be read.
    """
    failure: KnowledgeBaseDamaged | None = None
    candidates = list_generations(root)[::-1]
    try:
        current = read_current(root)
        if current is not None:
            candidates = [current, *(number for number in candidates if number < current)]
    except KnowledgeBaseDamaged as error:
        failure = error
    for number in candidates:
        try:
            generation = load_generation(root, number)
        except KnowledgeBaseDamaged as error:
            failure = failure or error
            continue
        return generation, f"{failure} Bis dahin antwortet der Stand davor." if failure else None
    raise failure or KnowledgeBaseDamaged(f"Die Wissensbasis hat keinen lesbaren Suchindex. {_REPAIR}")


def _folder(root: Path, number: int) -> Path:
    return root / GENERATIONS / f"{number:06d}"


def _write_folder(root: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> None:
    target = _folder(root, manifest.number)
    building = target.with_name(f"building-{manifest.number:06d}")
    shutil.rmtree(building, ignore_errors=True)  # left by a writer that was killed
    building.mkdir(parents=True)
    manifest_text = json.dumps({**asdict(manifest), SEAL: _seal(manifest)}, indent=1).encode()
    for name, content in {**contents, MANIFEST: manifest_text}.items():
        _write_synced(building / name, content)
    sync_path(building)
    building.rename(target)
    sync_path(target.parent)


def _seal(manifest: Manifest) -> str:
    return hashlib.sha256(json.dumps(asdict(manifest), sort_keys=True).encode()).hexdigest()


def _make_current(root: Path, number: int) -> None:
    aside = root / f"{CURRENT}.new"
    _write_synced(aside, f"{number}\n".encode())
    aside.replace(root / CURRENT)
    sync_path(root)


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_path(path: Path) -> None:
    """Wait until what a file holds, or a folder names, is on the disk."""
    with _opened(path) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
