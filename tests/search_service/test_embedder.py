"""Embedders: the real one keeps the contract, stays off the network and fails in plain words; the stand-in means something."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.content_words import find_content_words
from search_service.embedder import Embedder, Embedding, RememberingEmbedder, Vectors
from search_service.errors import ModelUnavailable
from search_service.model.folder import CHECKSUMS, PREPARE_HINT, prepare_model
from search_service.sentence_embedder import SentenceTransformerEmbedder, batches_by_length, load_embedder
from tests.search_service.packed_file import pack_model
from tests.stand_in_embedder import HashedWordsEmbedder


def vectors_of(embeddings: Sequence[Embedding]) -> Vectors:
    return np.array([embedding.vector for embedding in embeddings], dtype=np.float32)


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
    vectors = vectors_of(embedder.embed_passages(passages))
    cosines = vectors @ embedder.embed_query("Was tun gegen den Mangel an Fachkräften?").vector
    assert int(cosines.argmax()) == 1


def test_rows_keep_their_order_whatever_the_lengths(embedder: SentenceTransformerEmbedder) -> None:
    texts = ["kurz", "ein ziemlich langer Text über Schichtplanung im Krankenhaus " * 5, "", "mittel langer Text"] * 6
    told: list[int] = []
    embeddings = embedder.embed_passages(texts, told.append)
    rows = vectors_of(embeddings)
    alone = [embedder.embed_passages([text])[0] for text in texts[:4]]
    assert rows.shape == (len(texts), 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows, np.tile(vectors_of(alone), (6, 1)), atol=1e-5)
    assert all(np.allclose(one.words, alone[number % 4].words, atol=1e-4) for number, one in enumerate(embeddings))
    assert [len(one.words) for one in alone] == [1, 5, 0, 3]
    assert sum(told) == len(texts)


def test_a_query_and_a_passage_of_the_same_words_differ_by_their_prompt(embedder: SentenceTransformerEmbedder) -> None:
    text = "Weiterbildung fördern"
    query = embedder.embed_query(text)
    assert query.vector.shape == (384,)
    assert 0.8 < float(query.vector @ embedder.embed_passages([text])[0].vector) < 0.9999


def test_tokens_are_counted_without_prompt_and_beyond_the_longest_input(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.count_tokens(["Straße", "", "Straße " * 700]) == [1, 0, 700]
    assert embedder.count_tokens([]) == []
    (long,) = embedder.embed_passages(["Straße " * 700])
    assert (long.vector.shape, long.words.shape) == ((384,), (1, 384))


def test_no_passages_give_no_embeddings(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.embed_passages([]) == []


def test_there_is_one_word_vector_of_length_1_for_each_content_word(embedder: SentenceTransformerEmbedder) -> None:
    text = "Die Schichtplanung der Pflege: Wer plant die Schichten? § 87 BetrVG!"
    embedding = embedder.embed_query(text)
    assert len(find_content_words(text)) == len(embedding.words) > 4
    assert np.allclose(np.linalg.norm(embedding.words, axis=1), 1, atol=1e-5)
    assert embedder.embed_query("und die").words.shape == embedder.embed_query("…").words.shape == (0, 384)


def test_a_word_meets_another_one_of_like_meaning_and_no_other(embedder: SentenceTransformerEmbedder) -> None:
    text = "Krankenschwestern verdienen in Hamburg mehr Gehalt"
    met = embedder.embed_query("Lohnerhöhung für Pflegekräfte").words @ embedder.embed_passages([text])[0].words.T
    words = list(find_content_words(text))
    assert [words[place] for place in met.argmax(axis=1)] == [*find_content_words("Gehalt Krankenschwestern")]
    # Token vectors of one text are all alike, above 0.3 here, before what they have in common is taken off.
    assert np.median(met) < 0.3


def test_what_stands_beyond_the_longest_input_of_a_question_has_words_without_direction(
    embedder: SentenceTransformerEmbedder,
) -> None:
    embedding = embedder.embed_query("Straße " * 700 + "Grubenwasser")
    lengths = np.linalg.norm(embedding.words, axis=1)
    assert lengths.tolist() == pytest.approx([1, 0], abs=1e-5)


def test_loading_never_reaches_for_the_network(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_embedder(str(tiny_folder)).embed_query("ab").vector.shape == (32,)
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
    embeddings = embedder.embed_passages(["Schichtplan in der Pflege", "Cobots in der Montage", "!"])
    rows, question = vectors_of(embeddings), embedder.embed_query("pflege schichtplan")
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert int((rows @ question.vector).argmax()) == 0
    assert [one.words.shape for one in embeddings] == [(2, 256), (2, 256), (0, 256)]
    assert (question.words @ embeddings[0].words.T).tolist() == pytest.approx(np.array([[0, 1], [1, 0]]))
    assert embedder.count_tokens(["zwei Wörter", ""]) == [2, 0]


def test_the_real_embedder_keeps_the_contract(embedder: SentenceTransformerEmbedder) -> None:
    contract: Embedder = embedder
    assert contract.dimension == 384
    assert contract.fingerprint.startswith("intfloat/multilingual-e5-small@")


def test_what_stands_beyond_the_longest_input_still_counts(embedder: SentenceTransformerEmbedder) -> None:
    head, tail = "Der Betriebsrat bestimmt mit. " * 100, "Die Pumpe fördert Grubenwasser. " * 25
    words = (head + tail).split()
    halves = [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])]
    whole, *parts = embedder.embed_passages([head + tail, *halves])
    mean = vectors_of(parts).sum(axis=0)
    assert whole.vector @ (mean / np.linalg.norm(mean)) > 0.999
    question = embedder.embed_query("Wohin mit dem Grubenwasser?")
    assert whole.vector @ question.vector > parts[0].vector @ question.vector
    # The words of both windows, in the order of the text; those of the first as they are there.
    assert list(find_content_words(head + tail)) == ["betriebsrat", "bestimmt", "pump", "fordert", "grubenwass"]
    assert whole.words.shape == (5, 384)
    assert np.allclose(np.linalg.norm(whole.words, axis=1), 1, atol=1e-5)
    assert (question.words @ whole.words.T).argmax() == 4


class CountingEmbedder(HashedWordsEmbedder):
    """Counts the questions it is asked."""

    asked = 0

    def embed_query(self, text: str) -> Embedding:
        self.asked += 1
        return super().embed_query(text)


def test_the_last_questions_are_embedded_once() -> None:
    inner = CountingEmbedder(8)
    remembering: Embedder = RememberingEmbedder(inner, size=2)
    first = remembering.embed_query("Pausen")
    assert first.vector.tolist() == HashedWordsEmbedder(8).embed_query("Pausen").vector.tolist()
    assert remembering.embed_query("Pausen") is first
    remembering.embed_query("Urlaub")
    remembering.embed_query("Pausen")  # asked again, so that it outlives the other
    remembering.embed_query("Lohn")  # takes the place of "Urlaub"
    assert (remembering.embed_query("Pausen") is first, inner.asked) == (True, 3)
    remembering.embed_query("Urlaub")
    assert inner.asked == 4


def test_a_remembering_embedder_is_the_one_inside_in_all_else() -> None:
    inner = HashedWordsEmbedder(8, "modell@1")
    remembering = RememberingEmbedder(inner)
    assert (remembering.fingerprint, remembering.dimension) == ("modell@1", 8)
    assert remembering.count_tokens(["zwei Wörter"]) == [2]
    told: list[int] = []
    (embedding,) = remembering.embed_passages(["Pausen"], told.append)
    assert (embedding.vector.tolist(), told) == (inner.embed_query("Pausen").vector.tolist(), [1])


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30), st.integers(1, 4))
def test_remembering_changes_no_answer(questions: list[str], size: int) -> None:
    remembering = RememberingEmbedder(HashedWordsEmbedder(8), size)
    for question in questions:
        assert remembering.embed_query(question).vector.tolist() == HashedWordsEmbedder(8).embed_query(question).vector.tolist()
