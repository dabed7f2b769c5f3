"""The real embedder: any sentence-transformers model from the local disk. The only home of torch and sentence_transformers.

Importing this module takes seconds, so import it when a model is loaded and not before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from search_service.content_words import find_content_words
from search_service.embedder import Embedding, Vectors
from search_service.errors import ModelUnavailable
from search_service.model.folder import PREPARE_HINT, fingerprint_folder, is_prepared, verify_model

BATCH_SIZE = 8  # docs/decisions/0002: 4 to 16 are equal within noise, 32 is slower
SMALLEST = 1e-9  # length below which a vector has no direction
# The layer before the last: its word vectors lose least when only their signs are kept (docs/decisions/0011).
WORD_LAYER = -2
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
        self._center = np.zeros(dimension, np.float32)
        self._center = _find_center(self._read(load_everyday_sentences(), self.passage_prompt), dimension)

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> list[Embedding]:
        """Return one embedding per text, in their order; `progress(n)` is called after every n texts.

        A text beyond the model's longest input is read in windows; its vector is their mean, so that nothing is cut off.
        A query may slip in between two batches.
        """
        embeddings: dict[int, Embedding] = {}
        lengths = self.count_tokens(texts)
        for batch in batches_by_length(lengths, BATCH_SIZE):
            windows = [(position, window) for position in batch for window in self._cut(texts[position], lengths[position])]
            parts: dict[int, list[_Reading]] = {position: [] for position in batch}
            for start in range(0, len(windows), BATCH_SIZE):
                some = windows[start : start + BATCH_SIZE]
                with self._turn:
                    readings = self._read([text for _, text in some], self.passage_prompt)
                for (position, _), reading in zip(some, readings, strict=True):
                    parts[position].append(reading)
            embeddings |= {position: self._join(parts[position]) for position in batch}
            if progress is not None:
                progress(len(batch))
        return [embeddings[position] for position in range(len(texts))]

    def embed_query(self, text: str) -> Embedding:
        """Return the embedding of a question."""
        with self._turn:
            readings = self._read([text], self.query_prompt)
        return self._join(readings)

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

    def _cut(self, text: str, length: int) -> list[str]:
        """Return `text` of `length` tokens in windows the model can read whole, halved between words as often as needed."""
        if self._longest is None or length <= self._longest:
            return [text]
        words = text.split()
        if len(words) < 2:
            return [text]  # one word of hundreds of tokens is no language
        halves = [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])]
        return [w for half, tokens in zip(halves, self.count_tokens(halves), strict=True) for w in self._cut(half, tokens)]

    def _read(self, texts: list[str], prompt: str) -> list[_Reading]:
        """Return what the model makes of texts, each cut at its longest input."""
        with torch.inference_mode():
            features = self._model(self._model.preprocess(texts, prompt=prompt or None))
        vectors = torch.nn.functional.normalize(features["sentence_embedding"], dim=1).numpy()
        layers = features.get("all_layer_embeddings")
        if layers is None or layers[WORD_LAYER].shape[-1] != self.dimension:
            layers = {WORD_LAYER: torch.zeros((len(texts), 0, self.dimension))}
        tokens = layers[WORD_LAYER].numpy()
        encoded = self._model.tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=self._model.max_seq_length,
            padding=False,
            return_offsets_mapping=True,
        )
        offsets = [np.array(each, dtype=np.int64).reshape(-1, 2) - len(prompt) for each in encoded["offset_mapping"]]
        return [
            _Reading(vector, _average_words(text, row, places, self._center))
            for text, vector, row, places in zip(texts, vectors, tokens, offsets, strict=True)
        ]

    def _join(self, readings: Sequence[_Reading]) -> Embedding:
        """Return the embedding of a text from what was read of its windows."""
        sums: dict[str, Vectors] = {}
        for reading in readings:
            for word, vector in reading.words.items():
                sums[word] = sums[word] + vector if word in sums else vector
        words = np.array(list(sums.values()), np.float32).reshape(-1, self.dimension)
        words /= np.maximum(np.linalg.norm(words, axis=1, keepdims=True), SMALLEST)
        vector = np.sum([reading.vector for reading in readings], axis=0, dtype=np.float32)
        return Embedding(vector / np.float32(np.linalg.norm(vector)), words)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the model makes of one text that it can read whole."""

    vector: Vectors  # shape (dimension,), length 1
    words: dict[str, Vectors]  # by content word, in the order of the text: the mean of its centered vectors


def _average_words(text: str, tokens: Vectors, offsets: NDArray[np.int64], center: Vectors) -> dict[str, Vectors]:
    """Return for each content word the mean over its occurrences, each being the mean over its tokens, less `center`.

    `tokens` may be padded at its end, or have no row for a model without token vectors. A word that was cut off has zeros.
    """
    if not tokens.size:
        return {}
    real = np.flatnonzero(offsets[:, 1] > np.maximum(offsets[:, 0], 0))  # neither special tokens nor those of the prompt
    starts, ends = offsets[real].T
    running = np.concatenate([np.zeros((1, tokens.shape[1])), np.cumsum(tokens[real], axis=0, dtype=np.float64)])
    words = {}
    for word, places in find_content_words(text).items():
        total = np.zeros(tokens.shape[1])
        for start, end in places:
            first, after = np.searchsorted(ends, start, "right"), np.searchsorted(starts, end, "left")
            if first < after:
                total += (running[after] - running[first]) / (after - first) - center
        words[word] = (total / len(places)).astype(np.float32)
    return words


def _find_center(readings: Sequence[_Reading], dimension: int) -> Vectors:
    """Return float32, shape (dimension,): the mean of the word vectors that were read without a center."""
    words = [vector for reading in readings for vector in reading.words.values()]
    return np.mean(words, axis=0, dtype=np.float32) if words else np.zeros(dimension, np.float32)


def load_everyday_sentences() -> list[str]:
    """Return the German sentences whose mean word vector is taken off every word vector."""
    lines = files("search_service").joinpath("everyday_german.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


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
            config_kwargs={"output_hidden_states": True},
        )
        model.eval()
        return SentenceTransformerEmbedder(model, fingerprint_folder(folder, name))
    except ModelUnavailable:
        raise
    except Exception as error:  # the library's errors have no common base, and every one of them means the same here
        log.warning("loading the model in %s failed: %s: %s", folder, type(error).__name__, error)
        raise ModelUnavailable(
            f"Das Sprachmodell „{name_or_folder}“ lässt sich nicht laden. Die Einzelheiten stehen im Protokoll. "
            "Bitte die Einstellung oder den Ordner prüfen; die Suche nach Wörtern geht auch ohne Modell."
        ) from error


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
