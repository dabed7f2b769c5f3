"""Embedders: the real one keeps the contract, stays off the network and fails in plain words; the stand-in means something."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.embedder import Embedder
from search_service.errors import ModelUnavailable
from search_service.model.folder import CHECKSUMS, PREPARE_HINT, prepare_model
from search_service.sentence_embedder import SentenceTransformerEmbedder, batches_by_length, load_embedder
from tests.search_service.packed_file import pack_model
from tests.stand_in_embedder import HashedWordsEmbedder


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.bin").write_bytes(pack_model())
    prepare_model(tmp_path / "tiny.bin", tmp_path / "tiny", source_sha256=None)
    return tmp_path / "tiny"


def test_batches_go_from_long_to_short_by_hand() -> None:
    assert list(batches_by_length([3, 9, 1, 9, 5], 2)) == [[1, 3], [4, 0], [2]]


@given(st.lists(st.integers(0, 600), max_size=60), st.integers(1, 9))
def test_batches_hold_every_position_once(lengths: list[int], size: int) -> None:
    batches = list(batches_by_length(lengths, size))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    assert all(1 <= len(batch) <= size for batch in batches)


def test_a_question_is_nearer_to_its_answer_than_to_other_passages(embedder: SentenceTransformerEmbedder) -> None:
    passages = [
        "Ein Kuchen braucht Mehl, Eier und eine Stunde Geduld.",
        "Betriebe finden kaum noch Auszubildende und Gesellen; offene Stellen bleiben monatelang unbesetzt.",
        "Der Aufzug ist wegen Wartung außer Betrieb.",
    ]
    cosines = embedder.embed_passages(passages) @ embedder.embed_query("Was tun gegen den Mangel an Fachkräften?")
    assert int(cosines.argmax()) == 1


def test_rows_keep_their_order_whatever_the_lengths(embedder: SentenceTransformerEmbedder) -> None:
    texts = ["kurz", "ein ziemlich langer Text über Schichtplanung im Krankenhaus " * 5, "", "mittel langer Text"] * 6
    told: list[int] = []
    rows = embedder.embed_passages(texts, told.append)
    alone = np.stack([embedder.embed_passages([text])[0] for text in texts[:4]])
    assert rows.shape == (len(texts), 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows, np.tile(alone, (6, 1)), atol=1e-5)
    assert sum(told) == len(texts)


def test_a_query_and_a_passage_of_the_same_words_differ_by_their_prompt(embedder: SentenceTransformerEmbedder) -> None:
    text = "Weiterbildung fördern"
    query = embedder.embed_query(text)
    assert query.shape == (384,)
    assert 0.8 < float(query @ embedder.embed_passages([text])[0]) < 0.9999


def test_tokens_are_counted_without_prompt_and_beyond_the_longest_input(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.count_tokens(["Straße", "", "Straße " * 700]) == [1, 0, 700]
    assert embedder.count_tokens([]) == []
    assert embedder.embed_passages(["Straße " * 700]).shape == (1, 384)


def test_no_passages_give_no_rows(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)


def test_loading_never_reaches_for_the_network(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_embedder(str(tiny_folder)).embed_query("ab").shape == (32,)
    with pytest.raises(ModelUnavailable, match="nicht aus dem Netz"):
        load_embedder("nobody/no-such-model")


def test_any_other_model_folder_brings_its_own_prompts_and_dimension(tiny_folder: Path) -> None:
    (tiny_folder / CHECKSUMS).unlink()
    settings = tiny_folder / "config_sentence_transformers.json"
    settings.write_text(json.dumps({"prompts": {"query": "Frage: ", "document": "Text: "}}), encoding="utf-8")
    embedder = load_embedder(str(tiny_folder))
    assert (embedder.query_prompt, embedder.passage_prompt, embedder.dimension) == ("Frage: ", "Text: ", 32)
    assert embedder.fingerprint.startswith("tiny@")
    settings.unlink()
    plain = load_embedder(str(tiny_folder))
    assert (plain.query_prompt, plain.passage_prompt) == ("", "")
    assert plain.fingerprint != embedder.fingerprint


def test_a_damaged_prepared_folder_is_not_loaded(tiny_folder: Path) -> None:
    with (tiny_folder / "model.safetensors").open("r+b") as file:
        file.seek(-50, 2)
        file.write(b"\x00\x01\x02")
    with pytest.raises(ModelUnavailable, match="beschädigt"):
        load_embedder(str(tiny_folder))


def test_a_folder_that_is_no_model_is_refused_in_german(tmp_path: Path, tiny_folder: Path) -> None:
    (tmp_path / "leer").mkdir()
    with pytest.raises(ModelUnavailable, match="safetensors"):
        load_embedder(str(tmp_path / "leer"))
    shutil.copy(tiny_folder / "model.safetensors", tmp_path / "leer")
    with pytest.raises(ModelUnavailable, match="lässt sich nicht laden"):
        load_embedder(str(tmp_path / "leer"))


@pytest.mark.parametrize("name", ["", "kein gültiger name!", "/gibt/es/nicht", "../auch/nicht"])
def test_a_name_that_is_nothing_is_refused_with_the_cure(name: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        load_embedder(name)
    assert PREPARE_HINT in str(caught.value)


def test_the_contract_is_imported_without_torch() -> None:
    """A process that answers by words alone, and the checks of the model folder, must start without the heavy libraries."""
    code = (
        "import sys, search_service.embedder, search_service.model.folder;"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers', 'tokenizers') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_stand_in_keeps_the_contract_and_means_something() -> None:
    embedder: Embedder = HashedWordsEmbedder()
    rows = embedder.embed_passages(["Schichtplan in der Pflege", "Cobots in der Montage", "!"])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert int((rows @ embedder.embed_query("pflege schichtplan")).argmax()) == 0
    assert embedder.count_tokens(["zwei Wörter", ""]) == [2, 0]


def test_the_real_embedder_keeps_the_contract(embedder: SentenceTransformerEmbedder) -> None:
    contract: Embedder = embedder
    assert contract.dimension == 384
    assert contract.fingerprint.startswith("intfloat/multilingual-e5-small@")


def test_what_stands_beyond_the_longest_input_still_counts(embedder: SentenceTransformerEmbedder) -> None:
    head, tail = "Der Betriebsrat bestimmt mit. " * 120, "Die Pumpe fördert Grubenwasser. " * 40
    words = (head + tail).split()
    halves = [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])]
    mean = embedder.embed_passages(halves).sum(axis=0)
    (whole,) = embedder.embed_passages([head + tail])
    assert whole @ (mean / np.linalg.norm(mean)) > 0.999
    question = embedder.embed_query("Wohin mit dem Grubenwasser?")
    assert whole @ question > embedder.embed_passages([head])[0] @ question
