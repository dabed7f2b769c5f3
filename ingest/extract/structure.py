"""Rows of all pages to blocks: headings, paragraphs, lists, tables, captions and footnotes. Pure."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.blocks import Block, BlockKind
from ingest.clean import clean, join_lines
from ingest.extract.headings import Levels, is_heading_like
from ingest.extract.layout import Row, Rule
from ingest.extract.tables import find_table, write_table

BULLET = re.compile(r"[•●○▪■◦‣►✓➢]\s*|[–\-*·]\s+(?=\S)")
MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
ENUMERATED = re.compile(rf"(?:\(?\d{{1,2}}[.)]|\(?[a-z]\))\s+(?=\S)(?!{MONTHS})")
NOTE_START = re.compile(r"(?:\[?\d{1,3}\]?\)?|\*{1,3}|†)\s*(?=[\w„\"(§])")
CAPTION = re.compile(
    r"(?:Abb(?:ildung)?|Tab(?:elle)?|Bild|Grafik|Schaubild|Übersicht|Diagramm|Figure|Fig|Table)\.?\s*\d+(?:[.\-]\d+)*\s*(?P<mark>[:.–|-]|$)?"
)
LEADERS = re.compile(r"(?:\s*[.·…_]){4,}\s*(?:\d{1,4}|[ivxlcIVXLC]{1,7})\s*$|…{2,}\s*\d{1,4}\s*$")
ENTRY = re.compile(r"\S.*\s(?:\d{1,4}|[ivxlc]{1,6})$")
CONTENTS_TITLE = re.compile(
    r"(?:inhalts?(?:verzeichnis|übersicht)?|(?:table of )?contents|(?:abbildungs|tabellen)verzeichnis)$", re.IGNORECASE
)
SENTENCE_END = re.compile(r"[.!?:;][\"“”»«’)\]]*$")
FLOATING = frozenset({BlockKind.FOOTNOTE, BlockKind.TABLE, BlockKind.CAPTION})
SMALL = 0.93  # of the body size: footnotes are set smaller
SAME_SIZE = 0.08  # share by which sizes in one paragraph may differ
MIN_PITCHES = 5  # distances that must have been seen before their median says what is usual
PARAGRAPH_GAP = 1.25  # of the usual distance between lines


@dataclass(frozen=True, slots=True)
class PageRows:
    """One page, furniture already taken out."""

    rows: Sequence[Row]  # in reading order
    rules: Sequence[Rule]
    height: float
    label: str | None
    label_source: str | None


@dataclass(slots=True)
class _Draft:
    """A block while lines are still joining it."""

    kind: BlockKind
    rows: list[Row]
    page: int
    level: int | None = None
    text: str | None = None  # of tables, whose rows are not joined as lines
    continues: bool = False


def build_blocks(pages: Sequence[PageRows], outline: Mapping[str, int]) -> list[Block]:
    """Return the blocks of a document. `outline` maps titles (as `normalise_title` gives them) to levels, 1 is outermost."""
    all_rows = [row for page in pages for row in page.rows]
    if not all_rows:
        return []
    body = _body_size(all_rows)
    known = _known_words(all_rows)
    levels = Levels(all_rows, body, outline)
    pitch = _usual_pitch(all_rows)
    drafts: list[_Draft] = []
    for number, page in enumerate(pages, start=1):
        rows = _drop_contents(page.rows)
        main, notes = _part_notes(rows, body, page.height)
        _mark_continuation(drafts, found := _draft_page(main, page.rules, number, pitch=pitch, levels=levels, known=known))
        drafts.extend(found)
        drafts.extend(_draft_notes(notes, number))
    return _finish(drafts, pages, known)


def _body_size(rows: Sequence[Row]) -> float:
    sizes: Counter[float] = Counter()
    for row in rows:
        sizes[round(row.size, 1)] += len(row.text)
    return sizes.most_common(1)[0][0]


def _known_words(rows: Sequence[Row]) -> frozenset[str]:
    """Return the words of the document that no line end tears, in lower case."""
    words: set[str] = set()
    for row in rows:
        tokens = re.findall(r"\w+(?:-\w+)*", row.text)
        words.update(token.casefold() for token in tokens[1:-1] if len(token) > 2)
    return frozenset(words)


def _usual_pitch(rows: Sequence[Row]) -> dict[float, float]:
    """Return size -> usual distance of lines set in it, in points."""
    distances: dict[float, list[float]] = {}
    for before, row in pairwise(rows):
        distance = row.y - before.y
        if row.column == before.column and abs(row.size - before.size) < 0.3 and 0 < distance < 3 * row.size:
            distances.setdefault(round(row.size), []).append(distance)
    return {size: statistics.median_low(found) for size, found in distances.items() if len(found) >= MIN_PITCHES}


def _drop_contents(rows: Sequence[Row]) -> list[Row]:
    """Leave out a table of contents: rows with dot leaders, and everything between its first and last entry."""
    entries = [index for index, row in enumerate(rows) if LEADERS.search(row.text)]
    title = next((index for index, row in enumerate(rows) if CONTENTS_TITLE.match(row.text.strip())), None)
    if title is not None:
        listed = [index for index in range(title + 1, len(rows)) if ENTRY.match(rows[index].text.strip())]
        if len(listed) >= 3 and len(listed) >= 0.4 * (len(rows) - title - 1):
            entries = sorted({*entries, *listed, title})
        elif entries:
            entries = sorted({*entries, title})
    if len(entries) < 3:
        return [row for index, row in enumerate(rows) if index not in entries or not LEADERS.search(row.text)]
    return [row for index, row in enumerate(rows) if not entries[0] <= index <= entries[-1]]


def _part_notes(rows: Sequence[Row], body: float, height: float) -> tuple[list[Row], list[Row]]:
    """Part running text from the footnotes at the lower end of each column."""
    main: list[Row] = []
    notes: list[Row] = []
    for column in sorted({row.column for row in rows}):
        lines = [row for row in rows if row.column == column]
        start = len(lines)
        while start > 0 and lines[start - 1].size <= SMALL * body and lines[start - 1].y > 0.35 * height:
            start -= 1
        while start < len(lines) and not _starts_note(lines[start]):
            start += 1
        main.extend(lines[:start])
        notes.extend(lines[start:])
    return main, notes


def _starts_note(row: Row) -> bool:
    first = row.segments[0].words[0]
    return (first.raised or len(first.text) <= 3 or first.text[:1] in "*†[") and bool(NOTE_START.match(row.text))


def _draft_notes(rows: Sequence[Row], page: int) -> list[_Draft]:
    drafts: list[_Draft] = []
    for row in rows:
        number = NOTE_START.match(row.text)
        is_start = number is not None and _starts_note(row)
        if drafts and not is_start:
            drafts[-1].rows.append(row)
        else:
            drafts.append(_Draft(BlockKind.FOOTNOTE, [row], page))
    return drafts


def _draft_page(
    rows: Sequence[Row],
    rules: Sequence[Rule],
    page: int,
    *,
    pitch: Mapping[float, float],
    levels: Levels,
    known: Collection[str],
) -> list[_Draft]:
    drafts: list[_Draft] = []
    index = 0
    while index < len(rows):
        row = rows[index]
        end = find_table(rows, index)
        if end > index:
            drafts.append(_Draft(BlockKind.TABLE, list(rows[index:end]), page, text=write_table(rows[index:end], rules, known)))
            index = end
            continue
        kind = _kind_of(row, levels)
        last = drafts[-1] if drafts else None
        if last is not None and last.text is None and _joins(last, row, kind, pitch):
            last.rows.append(row)
        else:
            drafts.append(_Draft(kind, [row], page))
        index += 1
    for draft in drafts:
        if draft.kind is BlockKind.HEADING:
            draft.level = levels.level_of(join_lines(r.text for r in draft.rows), draft.rows[0])
    return drafts


def _kind_of(row: Row, levels: Levels) -> BlockKind:
    text = row.text.strip()
    if (found := CAPTION.match(text)) and (found["mark"] is not None or row.size < levels.body - 0.3):
        return BlockKind.CAPTION
    if BULLET.match(text):
        return BlockKind.LIST_ITEM
    if is_heading_like(row, levels):
        return BlockKind.HEADING
    return BlockKind.LIST_ITEM if ENUMERATED.match(text) else BlockKind.PARAGRAPH


def _joins(draft: _Draft, row: Row, kind: BlockKind, pitch: Mapping[float, float]) -> bool:
    """Tell whether `row` goes on with the block before it."""
    last = draft.rows[-1]
    usual = pitch.get(round(row.size), 1.3 * row.size)
    is_new_column = row.column != last.column
    same_look = abs(row.size - last.size) <= SAME_SIZE * last.size
    if draft.kind is BlockKind.HEADING or kind is BlockKind.HEADING:
        is_tight = not is_new_column and row.y - last.y <= 1.45 * max(row.size, usual)
        return (
            draft.kind is kind
            and same_look
            and row.bold == last.bold
            and is_tight
            and len(draft.rows) < 4
            and not re.match(r"\d+(\.\d+)*\.?\s", row.text)
        )
    if kind in (BlockKind.LIST_ITEM, BlockKind.CAPTION):
        return False
    if is_new_column:
        return same_look and draft.kind is not BlockKind.CAPTION and _is_torn(last, row)
    if not same_look or row.y - last.y > PARAGRAPH_GAP * usual or row.y < last.y:
        return False
    if last.text.endswith(("\x02", "-")):
        return True
    if draft.kind is BlockKind.LIST_ITEM:
        return row.left > draft.rows[0].left + 0.3 * row.size or not SENTENCE_END.search(last.text)
    is_indented = row.left > row.column_left + 0.8 * row.size and row.left > last.left + 0.8 * row.size
    is_short = last.right < row.column_right - 0.2 * (row.column_right - row.column_left)
    if is_indented and len(draft.rows) > 1 and SENTENCE_END.search(last.text):
        return False
    return not (is_short and SENTENCE_END.search(last.text))


def _is_torn(last: Row, row: Row) -> bool:
    """A sentence that a column or page break tore: the one line is full and has no end, or the other begins small."""
    text, following = last.text.rstrip(), row.text.lstrip('(„»"')
    if text.endswith(("\x02", "-", ",")):
        return True
    is_full = last.right >= last.column_right - 1.5 * last.size
    if SENTENCE_END.search(text):
        return is_full and re.search(r"\b\d{1,2}\.$", text) is not None and re.match(MONTHS, following) is not None
    return is_full or following[:1].islower() or following[:1].isdigit()


def _mark_continuation(drafts: Sequence[_Draft], found: list[_Draft]) -> None:
    """Mark the first paragraph of a page as going on with the last one before it, and set it before tables above it."""
    before = next((draft for draft in reversed(drafts) if draft.kind not in FLOATING), None)
    position = next((index for index, draft in enumerate(found) if draft.kind not in FLOATING), None)
    if before is None or position is None or found[position].kind is not BlockKind.PARAGRAPH:
        return
    after = found[position]
    if before.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) and before.page == after.page - 1:
        last, row = before.rows[-1], after.rows[0]
        if abs(last.size - row.size) <= SAME_SIZE * last.size and _is_torn(last, row):
            after.continues = True
            found.insert(0, found.pop(position))


def _finish(drafts: Sequence[_Draft], pages: Sequence[PageRows], known: Collection[str]) -> list[Block]:
    texts = [draft.text if draft.text is not None else join_lines((r.text for r in draft.rows), known) for draft in drafts]
    _mend_page_breaks(drafts, texts, known)
    blocks = []
    for draft, raw in zip(drafts, texts, strict=True):
        text = BULLET.sub("", clean(raw), count=1) if draft.kind is BlockKind.LIST_ITEM else clean(raw)
        if text.strip(" |•·–-"):
            page = pages[draft.page - 1]
            level = 1 if draft.kind is BlockKind.LIST_ITEM else draft.level
            blocks.append(Block(draft.kind, text, level, draft.page, page.label, page.label_source, continues=draft.continues))
    return blocks


def _mend_page_breaks(drafts: Sequence[_Draft], texts: list[str], known: Collection[str]) -> None:
    """A word torn by a page break goes whole to the page where it begins."""
    for index, draft in enumerate(drafts):
        if not draft.continues:
            continue
        before = next(i for i in range(index - 1, -1, -1) if drafts[i].kind not in FLOATING)
        if texts[before].endswith(("\x02", "\u00ad")) or re.search(r"\w-$", texts[before]):
            first, _, rest = texts[index].partition(" ")
            texts[before] = join_lines([texts[before], first], known)
            texts[index] = rest
