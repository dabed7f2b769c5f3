"""Real and hostile files that lie beside the checkout where the project is built; elsewhere the made files have to do."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from ingest.confined import ConfinedExtractor
from ingest.pipeline import ingest
from ingest.report import State
from search_service.errors import NothingToIndex, UnreadableDocument
from search_service.knowledge_base.store import KnowledgeBase

DOCUMENTS = Path(__file__).parents[2] / "../shared/documents"
pytestmark = pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the documents beside the checkout are not there")


def test_hostile_files_end_in_a_state_and_never_in_a_crash_of_the_parent(tmp_path: Path) -> None:
    offered = [path for path in (DOCUMENTS / "hostile").rglob("*") if path.is_file()]
    with KnowledgeBase(tmp_path / "kb") as base:
        report = ingest([DOCUMENTS / "hostile"], base, embedder=None)
    assert len(report.files) == len(offered)
    assert all(file.reason for file in report.files if file.state in (State.SKIPPED, State.FAILED))
    assert not any("Absturz" in (file.reason or "") for file in report.files)
    by_name = {Path(file.path).name: file for file in report.files}
    for name in ("billion_laughs.docx", "xxe_etc_passwd.docx", "path_traversal.docx", "zipbomb_document_xml_300MB.docx"):
        assert by_name[name].state is State.FAILED
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3_000_000  # kB, of a process that may hold a model, too


# File, and sentences that stand in it: with umlauts set as two glyphs, ligatures, torn words, two columns.
SENTENCES = (
    ("debian/gerdoc.pdf", "Wenn zwei Sprachen gemischt werden", False),
    ("debian/gerdoc.pdf", "das als „k-k“ getrennt wird", True),
    ("debian/translated_usage_de.pdf", "Die meisten privaten Dokumente sind ziemlich wiederholend: Gehaltsabrechnungen", True),
    ("debian/lualatex-doc-DE.pdf", "mathematischen und sonstigen Symbolen", True),
    ("debian/developers-reference.pdf", "dass der zurückgekehrte Entwickler noch immer die wichtigen Teile", True),
    ("github_verwaltung/Hinweisblatt_Prozesskostenhilfe.pdf", "Prozesskostenhilfe", True),
)


def test_real_files_give_their_sentences_whole() -> None:
    with ConfinedExtractor() as extractor:
        texts = {
            name: " ".join(block.text for block in extractor.extract(DOCUMENTS / "real" / name).blocks)
            for name in {name for name, _, _ in SENTENCES}
        }
    for name, sentence, is_there in SENTENCES:
        assert (sentence in texts[name]) is is_there, (name, sentence)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("debian/Manual_de.pdf", NothingToIndex, "16 Seiten ohne Textebene"),
        ("derived/agmahnvordrv_userpw_geheim.pdf", UnreadableDocument, "Passwort"),
        ("derived/l2tabu_truncated.pdf", UnreadableDocument, "beschädigt"),
        ("debian/debian-edu-bookworm-manual.epub", NothingToIndex, "EPUB"),
    ],
)
def test_real_files_without_readable_text_say_why(name: str, error: type[Exception], message: str) -> None:
    with ConfinedExtractor() as extractor, pytest.raises(error, match=message):
        extractor.extract(DOCUMENTS / "real" / name)
