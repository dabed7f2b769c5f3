"""Blocks to sections: a heading and what stands below it, up to the next one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from ingest.blocks import Block, BlockKind

CHAPTER_LEVEL = 2  # passages never reach across headings of this level or above
HEADING_CHARACTERS = 200  # of one heading in a path; the rest of a longer one is text
PATH_CHARACTERS = 400  # of a whole path: some 130 tokens; the outer headings go first
PREAMBLE_WORDS = 15  # above the first heading: a series title or the kind of document


@dataclass(slots=True)
class Section:
    """A heading and the text up to the next one."""

    path: tuple[str, ...]
    chapter: int  # number of the section of level 1 or 2 it lies in
    blocks: list[Block] = field(default_factory=list)

    @property
    def words(self) -> int:
        """Return the number of words of its text."""
        return sum(len(block.text.split()) for block in self.blocks)


def cut_sections(blocks: Iterable[Block]) -> list[Section]:
    """Return the sections that have text, in order. No block is lost: a heading without text becomes text itself."""
    stack: list[tuple[int, str]] = []
    chapter = 0
    sections = [Section((), chapter)]
    pending: list[Block] = []  # headings that no text has followed yet
    for block in blocks:
        if block.kind is not BlockKind.HEADING:
            pending = []
            sections[-1].blocks.append(block)
            continue
        level = block.level or CHAPTER_LEVEL
        bare = [heading for heading in pending if (heading.level or CHAPTER_LEVEL) >= level]
        pending = pending[: len(pending) - len(bare)]
        _keep_headings(sections, bare)
        while stack and stack[-1][0] >= level:
            stack.pop()
        stack.append((level, _clip(block.text)))
        if level <= CHAPTER_LEVEL and _ends_chapter(sections, chapter):
            chapter += 1
        if len(sections) > 1 and not sections[-1].blocks:
            sections.pop()
        sections.append(Section(_fit_path([title for _, title in stack]), chapter))
        pending.append(block)
        if len(block.text) > HEADING_CHARACTERS:
            sections[-1].blocks.append(_as_text(block))
            pending = []
    _keep_headings(sections, pending)
    return [section for section in sections if section.blocks]


def _ends_chapter(sections: Sequence[Section], chapter: int) -> bool:
    """Headings that follow each other open one chapter, and a word or two before the first heading belong to it."""
    of_chapter = takewhile(lambda section: section.chapter == chapter, reversed(sections))
    filled = [section for section in of_chapter if section.blocks]
    words = sum(len(block.text.split()) for section in filled for block in section.blocks)
    return words > PREAMBLE_WORDS or any(section.path for section in filled)


def _keep_headings(sections: Sequence[Section], headings: Sequence[Block]) -> None:
    """Headings without any text below them would be lost: they become text of the section before, or of the first."""
    before = next((section for section in reversed(sections) if section.blocks), sections[0])
    before.blocks.extend(map(_as_text, headings))


def _as_text(block: Block) -> Block:
    return replace(block, kind=BlockKind.PARAGRAPH, level=None)


def _clip(text: str) -> str:
    return text if len(text) <= HEADING_CHARACTERS else text[: HEADING_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"


def _fit_path(titles: list[str]) -> tuple[str, ...]:
    while len(titles) > 1 and sum(map(len, titles)) > PATH_CHARACTERS:
        titles = titles[1:]
    return tuple(titles)
