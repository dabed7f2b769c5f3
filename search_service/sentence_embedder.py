"""The real embedder: any sentence-transformers model from the local disk. The only home of torch and sentence_transformers.

Importing this module takes seconds, so import it when a model is loaded and not before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from search_service.embedder import Vectors
from search_service.errors import ModelUnavailable
from search_service.model.folder import PREPARE_HINT, fingerprint_folder, is_prepared, verify_model

BATCH_SIZE = 8  # docs/decisions/0002: 4 to 16 are equal within noise, 32 is slower
PASSAGE_PROMPTS = ("passage", "document", "corpus")  # what models call it, first found first taken

log = logging.getLogger(__name__)


class SentenceTransformerEmbedder:
    """An `Embedder` on the CPU in float32. Safe to share between threads; calls wait for one another.

    They have to: the tokenizer keeps its settings for cutting and padding between calls.
    """

    def __init__(self, model: SentenceTransformer, fingerprint: str) -> None:
        dimension = model.get_embedding_dimension()
        if dimension is None:
            raise ModelUnavailable(f"Das Modell „{fingerprint}“ nennt keine Vektorlänge. Bitte ein anderes Modell einstellen.")
        prompts = {name: prompt for name, prompt in model.prompts.items() if prompt}
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.query_prompt = prompts.get("query", "")
        self.passage_prompt = next((prompts[name] for name in PASSAGE_PROMPTS if name in prompts), "")
        self._model = model
        self._turn = threading.Lock()
        own_tokens = model.tokenizer.num_special_tokens_to_add() + sum(self.count_tokens([self.passage_prompt]))
        self._longest = None if model.max_seq_length is None else model.max_seq_length - own_tokens

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32, shape (len(texts), dimension), rows of length 1; `progress(n)` is called after every n texts.

        A text beyond the model's longest input is read in windows; its vector is their mean, so that nothing is cut off.
        A query may slip in between two batches.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        lengths = self.count_tokens(texts)
        for batch in batches_by_length(lengths, BATCH_SIZE):
            windows = [(position, window) for position in batch for window in self._cut(texts[position], lengths[position])]
            for start in range(0, len(windows), BATCH_SIZE):
                positions, parts = zip(*windows[start : start + BATCH_SIZE], strict=True)
                with self._turn:
                    np.add.at(vectors, list(positions), self._embed(list(parts), self.passage_prompt, "document"))
            if len(windows) > len(batch):
                vectors[batch] /= np.linalg.norm(vectors[batch], axis=1, keepdims=True)
            if progress is not None:
                progress(len(batch))
        return vectors

    def _cut(self, text: str, length: int) -> list[str]:
        """Return `text` of `length` tokens in windows the model can read whole, halved between words as often as needed."""
        if self._longest is None or length <= self._longest:
            return [text]
        words = text.split()
        if len(words) < 2:
            return [text]  # one word of hundreds of tokens is no language
        halves = [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])]
        return [w for half, tokens in zip(halves, self.count_tokens(halves), strict=True) for w in self._cut(half, tokens)]

    def embed_query(self, text: str) -> Vectors:
        """Return float32, shape (dimension,), length 1."""
        with self._turn:
            (vector,) = self._embed([text], self.query_prompt, "query")
        return np.asarray(vector, dtype=np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of model tokens of each text, without prefix and special tokens."""
        if not texts:
            return []
        with self._turn:
            encoded = self._model.tokenizer(
                list(texts),
                add_special_tokens=False,
                truncation=False,
                padding=False,
                return_attention_mask=False,
                verbose=False,  # it would warn of texts beyond the longest input, which is what we are asking about
            )
        return [len(ids) for ids in encoded["input_ids"]]

    def _embed(self, texts: list[str], prompt: str, task: str) -> Vectors:
        vectors = self._model.encode(
            texts,
            prompt=prompt,
            task=task,
            batch_size=len(texts),
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)


def batches_by_length(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield the positions of all texts, longest first, `size` at a time: texts of like length need little padding."""
    order = sorted(range(len(lengths)), key=lambda position: -lengths[position])
    for start in range(0, len(order), size):
        yield order[start : start + size]


def load_embedder(name_or_folder: str, *, threads: int | None = None) -> SentenceTransformerEmbedder:
    """Load a model from a folder, or by name from what is on this machine already; the network is never asked.

    A folder written by `model prepare` is verified first. `threads` sets torch's threads for the whole process; None leaves
    them. Raises ModelUnavailable if there is no such model, it is damaged, or its weights are not in safetensors files.
    """
    folder, name = locate_model(name_or_folder)
    if is_prepared(folder):
        verify_model(folder)
    if not any(folder.rglob("*.safetensors")):
        raise ModelUnavailable(
            f"Im Ordner „{folder}“ liegt kein Modell mit Gewichten im Format safetensors. "
            "Andere Formate werden aus Sicherheitsgründen nicht geladen."
        )
    if threads is not None:
        torch.set_num_threads(threads)
    # It would draw on the terminal while the weights are read.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    try:
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": torch.float32, "use_safetensors": True},
        )
    except Exception as error:  # the library's errors have no common base, and every one of them means the same here
        log.warning("loading the model in %s failed: %s: %s", folder, type(error).__name__, error)
        raise ModelUnavailable(
            f"Das Sprachmodell „{name_or_folder}“ lässt sich nicht laden. Die Einzelheiten stehen im Protokoll. "
            "Bitte die Einstellung oder den Ordner prüfen; die Suche nach Wörtern geht auch ohne Modell."
        ) from error
    model.eval()
    return SentenceTransformerEmbedder(model, fingerprint_folder(folder, name))


def locate_model(name_or_folder: str) -> tuple[Path, str | None]:
    """Return the folder of a model and, if it was asked for by name, the name; raise ModelUnavailable if it is not here."""
    folder = Path(name_or_folder)
    if name_or_folder.strip() and folder.is_dir():
        return folder, None
    try:
        return Path(snapshot_download(name_or_folder, local_files_only=True)), name_or_folder
    except (LocalEntryNotFoundError, HFValidationError):
        raise ModelUnavailable(
            f"Das Sprachmodell „{name_or_folder}“ ist auf diesem Rechner nicht vorhanden und wird nicht aus dem Netz geladen. "
            f"{PREPARE_HINT}"
        ) from None
