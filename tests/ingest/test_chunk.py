from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import Block, BlockKind, LinePlace
from ingest.chunk import ChunkSizes, chunk
from ingest.tokens import estimate_tokens
from search_service.documents import Page
from search_service.sentence_embedder import SentenceTransformerEmbedder

P, H, L, T, F = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.TABLE, BlockKind.FOOTNOTE
SIZES = ChunkSizes()
SMALL = ChunkSizes(words=30, overlap=8, small=8, tokens=200)


def words(count: int, start: str = "Wort") -> str:
    return " ".join(f"{start}{number}" for number in range(count)) + "."


def test_a_passage_carries_its_headings_and_pages() -> None:
    blocks = [
        Block(H, "Studie", 1, 1, "i", "print"),
        Block(H, "Ergebnis", 2, 3, "1", "page_labels"),
        Block(P, "Der Betrieb wächst.", None, 3, "1", "page_labels"),
        Block(P, "Er sucht Leute.", None, 4, "2", "page_labels"),
    ]
    (draft,) = chunk(blocks, SIZES)
    assert draft.text == "Der Betrieb wächst.\nEr sucht Leute."
    assert draft.heading_path == ("Studie", "Ergebnis")
    assert draft.pages == (Page(3, "1", "page_labels"), Page(4, "2", "page_labels"))


def test_sections_of_level_two_never_share_a_passage() -> None:
    blocks = [Block(H, "A", 2), Block(P, "Kurz."), Block(H, "B", 2), Block(P, "Auch kurz.")]
    assert [(draft.heading_path, draft.text) for draft in chunk(blocks, SIZES)] == [(("A",), "Kurz."), (("B",), "Auch kurz.")]


def test_small_sections_below_level_two_join_and_keep_their_headings_as_lines() -> None:
    blocks = [
        Block(H, "Antrag", 2), Block(H, "Frist", 3), Block(P, "Vier Wochen."), Block(H, "Form", 3), Block(P, "Schriftlich."),
    ]  # fmt: skip
    (draft,) = chunk(blocks, SIZES)
    assert draft.heading_path == ("Antrag",)
    assert draft.text == "Frist\nVier Wochen.\nForm\nSchriftlich."


def test_a_paragraph_over_a_page_break_is_one_text_on_two_pages() -> None:
    blocks = [
        Block(P, "Der Satz beginnt hier und", None, 1),
        Block(F, "1 Eine Fußnote.", None, 1),
        Block(P, "endet dort.", None, 2, continues=True),
    ]
    (draft,) = chunk(blocks, SIZES)
    assert draft.text == "Der Satz beginnt hier und endet dort.\n1 Eine Fußnote."
    assert [page.physical for page in draft.pages] == [1, 2]


def test_only_a_paragraph_that_must_be_split_repeats_sentences() -> None:
    long = " ".join(words(7, f"S{number}x") for number in range(8))
    drafts = chunk([Block(P, long)], SMALL)
    assert len(drafts) > 1
    assert all(len(draft.text.split()) <= SMALL.words for draft in drafts)
    assert [draft.text.split()[0] for draft in drafts] == ["S0x0", "S3x0", "S6x0"]
    assert drafts[0].text.endswith(words(7, "S3x"))
    apart = chunk([Block(P, words(25, "a")), Block(P, words(25, "b"))], SMALL)
    assert [draft.text for draft in apart] == [words(25, "a"), words(25, "b")]


def test_a_large_table_is_split_by_row_with_its_header_repeated() -> None:
    table = "\n".join(["Jahr | Betriebe", *(f"{year} | zwölf von zwanzig" for year in range(2000, 2020))])
    drafts = chunk([Block(T, table)], SMALL)
    assert len(drafts) > 1
    assert all(draft.text.startswith("Jahr | Betriebe\n") for draft in drafts)
    rows = [line for draft in drafts for line in draft.text.split("\n")[1:]]
    assert rows == table.split("\n")[1:]


def test_list_items_keep_the_line_that_introduces_them() -> None:
    blocks = [Block(P, "Vorweg ein Satz. Nötig sind:"), *(Block(L, words(9, f"p{number}q"), 1) for number in range(5))]
    drafts = chunk(blocks, SMALL)
    assert [draft.text for draft in drafts if "p0q0" in draft.text or "p4q0" in draft.text]
    assert all("Nötig sind:" in draft.text for draft in drafts if "– p" in draft.text)


def test_a_heading_without_text_is_kept() -> None:
    blocks = [Block(H, "Eins", 2), Block(P, "Text."), Block(H, "Leer", 2), Block(H, "Zwei", 2), Block(P, "Mehr.")]
    everything = " ".join(" ".join((*draft.heading_path, draft.text)) for draft in chunk(blocks, SIZES))
    assert all(title in everything for title in ("Eins", "Leer", "Zwei"))


def test_an_outermost_heading_that_repeats_the_title_is_left_out_of_the_path() -> None:
    blocks = [Block(H, "Cobots im Betrieb", 1), Block(H, "Kosten", 2), Block(P, "Gering.")]
    assert [draft.heading_path for draft in chunk(blocks, SIZES, "Cobots im  Betrieb")] == [("Kosten",)]


def test_places_move_with_the_text_they_belong_to() -> None:
    first, second = LinePlace(0, 9, 0.1, 0.8, 0.9, 0.82), LinePlace(0, 6, 0.1, 0.1, 0.5, 0.12)
    item = LinePlace(0, 5, 0.15, 0.2, 0.5, 0.22)
    blocks = [
        Block(P, "Der erste", None, 1, places=(first,)),
        Block(P, "endet.", None, 2, continues=True, places=(second,)),
        Block(L, "Punkt", 1, 2, places=(item,)),
    ]
    (draft,) = chunk(blocks, SIZES)
    assert draft.text == "Der erste endet.\n– Punkt"
    assert [(draft.text[p.start : p.end], p.page, p.top) for p in draft.places] == [
        ("Der erste", 1, 0.8), ("endet.", 2, 0.1), ("Punkt", 2, 0.2),
    ]  # fmt: skip


TEXT = st.lists(st.text("abcdeÄß.,:§1|", min_size=1, max_size=12), min_size=1, max_size=60).map(" ".join)
BLOCKS = st.lists(
    st.one_of(
        st.builds(Block, st.sampled_from([P, L, F, BlockKind.CAPTION]), TEXT, page=st.integers(1, 4)),
        st.builds(Block, st.just(H), TEXT, level=st.integers(1, 6), page=st.integers(1, 4)),
        st.builds(Block, st.just(T), st.lists(TEXT, min_size=1, max_size=8).map("\n".join), page=st.integers(1, 4)),
    ),
    max_size=14,
)


@given(BLOCKS)
def test_no_word_is_lost_and_their_order_is_kept(blocks: list[Block]) -> None:
    produced = iter([word for draft in chunk(blocks, SMALL) for word in draft.text.split()])
    for block in blocks:
        if block.kind is not H:
            for word in block.text.split():
                assert word in produced  # `in` consumes: the words come in this order, repeats and headings between them


@given(BLOCKS, st.text("abc ", max_size=200))
def test_no_passage_is_larger_than_the_model_sees(blocks: list[Block], title: str) -> None:
    for draft in chunk(blocks, SIZES, title):
        assert estimate_tokens(" – ".join((title, *draft.heading_path))) + estimate_tokens(draft.text) <= SIZES.tokens + 5


@given(BLOCKS)
def test_every_place_holds_letters_of_its_own_line(blocks: list[Block]) -> None:
    placed = [
        replace(block, places=tuple(LinePlace(m.start(), m.end(), 0, n, m.start(), 0) for m in re.finditer(r"\S+", block.text)))
        for n, block in enumerate(blocks)
    ]
    for draft in chunk(placed, SMALL):
        assert [place.start for place in draft.places] == sorted(place.start for place in draft.places)
        for place in draft.places:
            word = placed[int(place.top)].text[int(place.right) :].split()[0]
            assert draft.text[place.start : place.end].strip() in word
            assert place.page == placed[int(place.top)].page


@given(BLOCKS)
def test_every_heading_is_in_a_path_or_a_text(blocks: list[Block]) -> None:
    blocks = [replace(block, text=block.text[:60].strip()) if block.kind is H else block for block in blocks]
    drafts = chunk(blocks, SIZES)
    seen = {" ".join(title.split()) for draft in drafts for title in draft.heading_path}
    text = " ".join(" ".join(draft.text.split()) for draft in drafts)
    for block in blocks:
        if block.kind is H:
            assert " ".join(block.text.split()) in seen or " ".join(block.text.split()) in text


def test_the_model_counts_no_more_tokens_than_estimated(embedder: SentenceTransformerEmbedder) -> None:
    sentences = (Path(__file__).parents[1] / "data/german_sentences.txt").read_text("utf-8").splitlines()
    texts = [" ".join(sentences[start : start + 8]) for start in range(0, len(sentences), 8)]
    texts += ["Jahr | Zahl\n" + "\n".join(f"{year} | {year % 7},5 % | – | § {year % 90}" for year in range(1990, 2025))]
    texts += [
        "DIE GEWÄHRLEISTUNG FÜR ALLE SCHÄDEN WIRD AUSGESCHLOSSEN. " * 10,
        "https://www.example.org/pfad/datei_0815.html?a=1&b=2 " * 8,
    ]
    for text, counted in zip(texts, embedder.count_tokens(texts), strict=True):
        assert counted <= estimate_tokens(text), text


def test_a_book_of_headings_and_notes_only_is_cut_at_once() -> None:
    headings = [Block(H, f"Kapitel {number}", 1) for number in range(30_000)]
    notes = [Block(F, f"{number} Siehe dort.") for number in range(30_000)]
    drafts = chunk([Block(P, "Vorab."), *headings, *notes], SIZES)  # quadratic steps would take minutes
    assert drafts[0].text.startswith("Vorab.")
    assert "29999 Siehe dort." in drafts[-1].text
