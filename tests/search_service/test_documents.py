"""The words of the house: ids that last and the text a model reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search_service.documents import Passage, compose_embedding_text, hash_text, make_document_id, make_passage_ids


def test_ids_are_the_same_on_every_machine_and_forever() -> None:
    assert (
        make_document_id("/daten/leitfaden.pdf", "abc")
        == make_document_id("C:\\Daten\\leitfaden.pdf", "abc")
        == "d45421c4e1c932afb"
    )
    assert make_passage_ids("d1", ["Text"]) == ["p01d225c5f24a35a2"]


def test_name_and_content_of_a_file_make_its_id() -> None:
    ids = {make_document_id(*parts) for parts in [("/a/x.pdf", "1"), ("/a/y.pdf", "1"), ("/a/x.pdf", "2")]}
    assert len(ids) == 3


def test_a_text_that_stands_twice_gets_two_ids() -> None:
    first, second, third = make_passage_ids("d1", ["Gleich", "Anders", "Gleich"])
    assert len({first, second, third}) == 3
    assert make_passage_ids("d1", ["Gleich"]) == [first]
    assert make_passage_ids("d2", ["Gleich"]) != [first]


@given(st.lists(st.text(max_size=3), max_size=10), st.text(max_size=3))
def test_ids_differ_and_stay_when_a_text_is_added_behind(texts: list[str], more: str) -> None:
    ids = make_passage_ids("d1", texts)
    assert len(set(ids)) == len(texts)
    assert make_passage_ids("d1", [*texts, more])[:-1] == ids


@given(st.permutations(["Eins", "Zwei", "Drei"]))
def test_a_text_keeps_its_id_wherever_it_stands(texts: list[str]) -> None:
    ids = dict(zip(["Eins", "Zwei", "Drei"], make_passage_ids("d1", ["Eins", "Zwei", "Drei"]), strict=True))
    assert make_passage_ids("d1", texts) == [ids[text] for text in texts]


def test_the_model_reads_title_and_headings_once_each_before_the_text() -> None:
    passage = Passage("p", "d", 0, "Der Text.", ("Leitfaden", "1 Recht", "1.1 Mitbestimmung"))
    assert compose_embedding_text("Leitfaden", passage) == "Leitfaden – 1 Recht – 1.1 Mitbestimmung\nDer Text."
    assert compose_embedding_text("", Passage("p", "d", 0, "Nur Text.")) == "Nur Text."


def test_a_hash_is_sha_256_of_utf_8() -> None:
    assert hash_text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
