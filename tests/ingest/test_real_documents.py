"""Real and hostile files that lie beside the checkout where the project is built; elsewhere the made files have to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.confined import ConfinedExtractor
from search_service.errors import NothingToIndex, UnreadableDocument

DOCUMENTS = Path(__file__).parents[2] / "../shared/documents"
pytestmark = pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the documents beside the checkout are not there")


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
        ("debian_html/ch_import_bus_data.html", NothingToIndex, "Text"),
        ("derived/agmahnvordrv_userpw_geheim.pdf", UnreadableDocument, "Passwort"),
        ("derived/l2tabu_truncated.pdf", UnreadableDocument, "beschädigt"),
    ],
)
def test_real_files_without_readable_text_say_why(name: str, error: type[Exception], message: str) -> None:
    with ConfinedExtractor() as extractor, pytest.raises(error, match=message):
        extractor.extract(DOCUMENTS / "real" / name)
