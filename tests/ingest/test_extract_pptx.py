from __future__ import annotations

import zipfile
from pathlib import Path

import pptx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.slide import Slide
from pptx.util import Inches, Pt

from ingest.extract import extract
from ingest.extract.slides import Box, order_boxes
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import UnreadableDocument

NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)


def add_box(slide: Slide, text: str, left: float, top: float, width: float = 3, height: float = 1) -> None:
    slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height)).text_frame.text = text


def add_number(slide: Slide) -> None:
    """Put the slide's number on it, as the layouts of most houses do."""
    slide.shapes._spTree.append(
        parse_xml(
            f"<p:sp {NAMES}><p:nvSpPr><p:cNvPr id='900' name='Nummer'/><p:cNvSpPr/><p:nvPr><p:ph type='sldNum' sz='quarter'/>"
            "</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:fld id='{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}' "
            "type='slidenum'><a:t>99</a:t></a:fld></a:p></p:txBody></p:sp>"
        )
    )


def lines(path: Path) -> list[str]:
    """Return the blocks as lines a person can read."""
    return [
        f"{block.page} {block.kind}{block.level or ''}: " + block.text.replace("\n", " / ")
        for block in extract(path, DEFAULT_LIMITS).blocks
    ]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a presentation with cover, bullets, notes, a table, a diagram, a group and a hidden slide."""
    deck = pptx.Presentation()
    deck.core_properties.title, deck.core_properties.author = "Wandel der Arbeit", "Anna Alt"
    deck.core_properties.keywords = "Arbeit; KI"
    cover = deck.slides.add_slide(deck.slide_layouts[0])
    cover.shapes.title.text, cover.placeholders[1].text = "Wandel der Arbeit", "Ein Überblick"
    bullets = deck.slides.add_slide(deck.slide_layouts[1])
    bullets.shapes.title.text = "Anlass"
    frame = bullets.placeholders[1].text_frame
    frame.text = "Fachkräfte fehlen"
    frame.add_paragraph().text, frame.paragraphs[1].level = "in der Pflege", 1
    bullets.notes_slide.notes_text_frame.text = "Zahlen von 2024 nennen."
    add_number(bullets)
    figures = deck.slides.add_slide(deck.slide_layouts[6])
    add_box(figures, "Zahlen im Vergleich", 0.5, 0.2)
    figures.shapes[0].text_frame.paragraphs[0].runs[0].font.size = Pt(36)
    table = figures.shapes.add_table(2, 2, Inches(0.5), Inches(1.5), Inches(4), Inches(1)).table
    for position, text in enumerate(("Jahr", "Betriebe", "2024", "siebzehn")):
        table.cell(position // 2, position % 2).text = text
    data = CategoryChartData()
    data.categories = ["2023", "2024"]
    data.add_series("Anteil", (12.5, 17))
    figures.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(0.5), Inches(4), Inches(4), Inches(3), data)
    hidden = deck.slides.add_slide(deck.slide_layouts[6])
    hidden._element.set("show", "0")
    group = hidden.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(3), Inches(2), Inches(1)).text_frame.text = "unten"
    group.shapes.add_textbox(Inches(1), Inches(1), Inches(2), Inches(1)).text_frame.text = "oben"
    path = tmp_path_factory.mktemp("folien") / "vortrag.pptx"
    deck.save(str(path))
    return path


def test_slides_in_order_with_titles_bullets_notes_tables_and_diagrams(talk: Path) -> None:
    assert lines(talk) == [
        "1 heading1: Wandel der Arbeit",
        "1 paragraph: Ein Überblick",
        "2 heading2: Anlass",
        "2 list_item1: Fachkräfte fehlen",
        "2 list_item2: in der Pflege",
        "2 paragraph: Zahlen von 2024 nennen.",
        "3 heading2: Zahlen im Vergleich",
        "3 table: Jahr | Betriebe / 2024 | siebzehn",
        "3 table:  | Anteil / 2023 | 12,5 / 2024 | 17",
        "4 paragraph: oben",
        "4 paragraph: unten",
    ]


def test_the_number_is_a_label_only_where_it_stands_on_the_slide(talk: Path) -> None:
    found = extract(talk, DEFAULT_LIMITS)
    labels = {(block.page, block.label, block.label_source, block.label_confidence) for block in found.blocks}
    assert labels == {(1, None, None, None), (2, "2", "print", 1.0), (3, None, None, None), (4, None, None, None)}
    assert found.page_count == 4


def test_what_the_file_says_about_itself_and_what_is_hidden(talk: Path) -> None:
    found = extract(talk, DEFAULT_LIMITS)
    assert (found.properties["title"], found.properties["authors"]) == ("Wandel der Arbeit", "Anna Alt")
    assert found.properties["keywords"] == ("Arbeit", "KI")
    assert found.notices == ("Die Folie 4 ist in der Präsentation ausgeblendet und wurde mitgelesen.",)


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for text, left, top in (("rechts 2", 5, 2.1), ("links 2", 0.5, 2.1), ("rechts 1", 5, 1), ("links 1", 0.5, 1)):
        add_box(slide, text, left, top)
    deck.save(str(tmp_path / "a.pptx"))
    assert [line.partition(": ")[2] for line in lines(tmp_path / "a.pptx")] == ["links 1", "links 2", "rechts 1", "rechts 2"]


def test_the_texts_of_a_smart_art_graphic_are_read(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    diagram = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
    points = "".join(f"<d:pt><d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>" for text in ("Bedarf", "Antrag"))
    data = f'<d:dataModel xmlns:d="{diagram}" {NAMES}><d:ptLst>{points}</d:ptLst></d:dataModel>'
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", deck.part.package, data.encode())
    relation = slide.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData")
    slide.shapes._spTree.append(
        parse_xml(
            f"<p:graphicFrame {NAMES}><p:nvGraphicFramePr><p:cNvPr id='9' name='Ablauf'/><p:cNvGraphicFramePr/><p:nvPr/>"
            "</p:nvGraphicFramePr><p:xfrm><a:off x='0' y='0'/><a:ext cx='9' cy='9'/></p:xfrm><a:graphic>"
            f"<a:graphicData uri='{diagram}'><d:relIds xmlns:d='{diagram}' "
            f"xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships' r:dm='{relation}'/>"
            "</a:graphicData></a:graphic></p:graphicFrame>"
        )
    )
    deck.save(str(tmp_path / "a.pptx"))
    assert lines(tmp_path / "a.pptx") == ["1 list_item1: Bedarf", "1 list_item1: Antrag"]


def test_a_damaged_and_a_hostile_presentation_get_a_plain_sentence(talk: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(talk) as old:
        for name, part, message in (
            ("a.pptx", b"<p:presentation", "beschädigt"),
            ("b.pptx", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "DOCTYPE"),
        ):
            with zipfile.ZipFile(tmp_path / name, "w") as new:
                for entry in old.namelist():
                    new.writestr(entry, part if entry == "ppt/presentation.xml" else old.read(entry))
            with pytest.raises(UnreadableDocument, match=message):
                extract(tmp_path / name, DEFAULT_LIMITS)


def test_boxes_worked_by_hand() -> None:
    title, left, right, foot = Box(0, 0, 100, 10), Box(0, 20, 45, 40), Box(55, 20, 45, 40), Box(0, 70, 100, 10)
    assert order_boxes([foot, right, left, title]) == [3, 2, 1, 0]
    rows = [Box(left, top, 40, 10) for top in (0, 50) for left in (0, 45)]  # label and text side by side, far from the next row
    assert order_boxes(rows) == [0, 1, 2, 3]
    assert order_boxes([]) == []


boxes = st.builds(Box, *[st.integers(0, 50)] * 4)


@given(st.lists(boxes, max_size=12))
def test_every_box_is_read_once(found: list[Box]) -> None:
    assert sorted(order_boxes(found)) == list(range(len(found)))


@given(st.lists(boxes, max_size=8), st.integers(1, 9), st.integers(-20, 20))
def test_the_order_does_not_depend_on_unit_or_origin(found: list[Box], unit: int, shift: int) -> None:
    moved = [Box(b.left * unit + shift, b.top * unit + shift, b.width * unit, b.height * unit) for b in found]
    assert order_boxes(moved) == order_boxes(found)
