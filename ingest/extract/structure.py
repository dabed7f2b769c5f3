"""Rows of all pages to blocks: headings, paragraphs, lists, tables, captions and footnotes. Pure."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.blocks import Block, BlockKind
from ingest.clean import clean
from ingest.extract.headings import Levels, is_heading_like
from ingest.extract.labels import PageLabel
from ingest.extract.layout import Row, Rule, Segment, fits_behind
from ingest.extract.notes import part_notes
from ingest.extract.places import Frame, Line, align_lines, place_line
from ingest.extract.tables import find_table, write_table
from ingest.hyphens import collect_words, join_lines

BULLET = re.compile(r"[•●○▪■◦‣►✓➢]\s*|[–\-*·]\s+(?=\S)")
INNER_DASH = re.compile(r"[–-] \S")
SAME_EDGE = 2.0  # points between lines that begin at one edge
MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
ENUMERATED = re.compile(rf"(?:\(?\d{{1,2}}[.)]|\(?[a-z]\))\s+(?=\S)(?!{MONTHS})")
CAPTION = re.compile(
    r"(?:Abb(?:ildung)?|Tab(?:elle)?|Bild|Grafik|Schaubild|Übersicht|Diagramm|Figure|Fig|Table)\.?\s*\d+(?:[.\-]\d+)*\s*(?P<mark>[:.–|-]|$)?"
)
LEADERS = re.compile(r"(?:\s*[.·…_]){4,}\s*(?:\d{1,4}|[ivxlcIVXLC]{1,7})\s*$|…{2,}\s*\d{1,4}\s*$")
ENTRY = re.compile(r"\S.*\s(?:\d{1,4}|[ivxlc]{1,6})$")
CONTENTS_TITLE = re.compile(
    r"(?:inhalts?(?:verzeichnis|übersicht)?|(?:table of )?contents|(?:abbildungs|tabellen)verzeichnis)$", re.IGNORECASE
)
SENTENCE_END = re.compile(r"[.!?:;][\"“”»«’)\]]*$")
TORN_END = re.compile("[\x02\u00ad\u2010]$|\\w-$")  # of the last line of a page
SMALL_MARK = 0.85  # of the row's size: a number smaller than this and above the baseline is a note's
MARK_PITCH = 1.1  # em; lines of text are further apart, and a mark stands higher than its line
FLOATING = frozenset({BlockKind.FOOTNOTE, BlockKind.TABLE, BlockKind.CAPTION})
SAME_SIZE = 0.08  # share by which sizes in one paragraph may differ
MIN_PITCHES = 5  # distances that must have been seen before their median says what is usual
PARAGRAPH_GAP = 1.25  # of the usual distance between lines


@dataclass(frozen=True, slots=True)
class TurnedRows:
    """Text that runs in another direction than the rest of its page."""

    rows: Sequence[Row]
    frame: Frame


@dataclass(frozen=True, slots=True)
class PageRows:
    """One page, furniture already taken out."""

    rows: Sequence[Row]  # in reading order
    rules: Sequence[Rule]
    frame: Frame
    label: PageLabel | None = None
    turned: Sequence[TurnedRows] = ()


@dataclass(slots=True)
class _Draft:
    """A block while lines are still joining it."""

    kind: BlockKind
    rows: list[Row]
    page: int
    level: int | None = None
    text: str | None = None  # of tables, whose rows are not joined as lines
    cells: Sequence[Segment] = ()  # of tables: their lines in the order of the text
    continues: bool = False
    frame: Frame | None = None  # of turned text; None: the page's


def build_blocks(pages: Sequence[PageRows], outline: Mapping[str, int]) -> list[Block]:
    """Return the blocks of a document. `outline` maps titles (as `normalise_title` gives them) to levels, 1 is outermost."""
    all_rows = [row for page in pages for row in page.rows]
    if not all_rows:
        return []
    body = _body_size(all_rows)
    known = collect_words(row.text for row in all_rows)
    levels = Levels(all_rows, body, outline)
    pitch = _usual_pitch(all_rows)
    drafts: list[_Draft] = []
    for number, page in enumerate(pages, start=1):
        rows = _drop_marks(_drop_contents(page.rows))
        main, notes = part_notes(rows, page.rules, body, page.frame.height)
        _mark_continuation(drafts, found := _draft_page(main, page.rules, number, pitch=pitch, levels=levels, known=known))
        drafts.extend(found)
        drafts.extend(_draft_turned(page.turned, number, pitch))
        drafts.extend(_Draft(BlockKind.FOOTNOTE, note, number) for note in notes)
    return _finish(drafts, pages, known)


def _body_size(rows: Sequence[Row]) -> float:
    sizes: Counter[float] = Counter()
    for row in rows:
        sizes[round(row.size, 1)] += len(row.text)
    return sizes.most_common(1)[0][0]


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


def _drop_marks(rows: Sequence[Row]) -> list[Row]:
    """Leave out lines that are nothing but the number of a note, parted by a line break from the word it hangs on."""
    return [row for index, row in enumerate(rows) if index == 0 or not _is_mark(rows[index - 1], row)]


def _is_mark(before: Row, row: Row) -> bool:
    is_small = row.text.isdigit() and len(row.text) <= 2 and row.size < SMALL_MARK * before.size
    return is_small and row.column == before.column and 0 < row.y - before.y < MARK_PITCH * before.size


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
            text, cells = write_table(rows[index:end], rules, known)
            drafts.append(_Draft(BlockKind.TABLE, list(rows[index:end]), page, text=text, cells=cells))
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
    if kind is BlockKind.LIST_ITEM and _is_inner_dash(last, row) and row.y - last.y <= PARAGRAPH_GAP * usual:
        return draft.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) and same_look
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


def _is_inner_dash(last: Row, row: Row) -> bool:
    """Tell a dash inside a sentence that a line happens to begin with from the dash of a list item.

    The line before it is full and has no end, stands at the same edge and is no item with a dash itself.
    """
    if not INNER_DASH.match(row.text) or row.column != last.column or row.y < last.y:
        return False
    is_full = not fits_behind(row.segments[0], last.segments[-1], last.column_right)
    is_open = not SENTENCE_END.search(last.text) and not BULLET.match(last.text.strip())
    return is_open and is_full and abs(row.left - last.left) <= SAME_EDGE


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


def _draft_turned(turned: Sequence[TurnedRows], page: int, pitch: Mapping[float, float]) -> list[_Draft]:
    drafts: list[_Draft] = []
    for part in turned:
        own: list[_Draft] = []
        for row in part.rows:
            if own and _joins(own[-1], row, BlockKind.PARAGRAPH, pitch):
                own[-1].rows.append(row)
            else:
                own.append(_Draft(BlockKind.PARAGRAPH, [row], page, frame=part.frame))
        drafts.extend(own)
    return drafts


def _finish(drafts: Sequence[_Draft], pages: Sequence[PageRows], known: Collection[str]) -> list[Block]:
    lines = [_lines_of(draft, draft.frame or pages[draft.page - 1].frame) for draft in drafts]
    _mend_page_breaks(drafts, lines)
    blocks = []
    for draft, own in zip(drafts, lines, strict=True):
        text = clean(draft.text if draft.text is not None else join_lines((line.text for line in own), known))
        if draft.kind is BlockKind.LIST_ITEM and (bullet := BULLET.match(text)):
            text = text[bullet.end() :]
        if not text.strip(" |•·–-"):
            continue
        label = pages[draft.page - 1].label
        blocks.append(
            Block(
                kind=draft.kind,
                text=text,
                level=1 if draft.kind is BlockKind.LIST_ITEM else draft.level,
                page=draft.page,
                label=label.text if label else None,
                label_source=label.source if label else None,
                label_confidence=label.confidence if label else None,
                continues=draft.continues,
                places=align_lines(text, own),
            )
        )
    return blocks


def _lines_of(draft: _Draft, frame: Frame) -> list[Line]:
    if draft.text is not None:
        return [place_line(cell.text, cell.left, cell.right, cell.y, cell.size, frame) for cell in draft.cells]
    texts = [row.text for row in draft.rows]
    if draft.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
        texts = [
            text if index == 0 and not draft.continues else _drop_mark(row, text)
            for index, (row, text) in enumerate(zip(draft.rows, texts, strict=True))
        ]
    return [place_line(text, row.left, row.right, row.y, row.size, frame) for row, text in zip(draft.rows, texts, strict=True)]


def _drop_mark(row: Row, text: str) -> str:
    """Leave out the number of a note that a line break parted from the word it hangs on."""
    mark = row.segments[0].words[0]
    is_number = mark.text.isdigit() and len(mark.text) <= 2 and text.startswith(mark.text)
    is_high = mark.raised or (mark.size < SMALL_MARK * row.size and mark.y < row.y - 0.1 * row.size)
    return text[len(mark.text) :].lstrip() if is_number and is_high else text


def _mend_page_breaks(drafts: Sequence[_Draft], lines: list[list[Line]]) -> None:
    """A word torn by a page break goes whole to the page where it begins."""
    for index, draft in enumerate(drafts):
        if not draft.continues:
            continue
        before = next(i for i in range(index - 1, -1, -1) if drafts[i].kind not in FLOATING)
        last, following = lines[before][-1], lines[index][0]
        if TORN_END.search(last.text.rstrip()):
            first, _, rest = following.text.strip().partition(" ")
            lines[before].append(replace(last, text=first))
            lines[index][0] = replace(following, text=rest)
