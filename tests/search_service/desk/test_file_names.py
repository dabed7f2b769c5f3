"""Names of uploaded files: whatever a sender writes, the result is one harmless name or a refusal."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import EXTENSIONS as READ_BY_INGEST
from search_service.desk.file_names import EXTENSIONS, MAX_NAME_BYTES, clean_file_name
from search_service.errors import UnsuitableFile


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Leitfaden.pdf", "Leitfaden.pdf"),
        ("Übergabe „neu“ (2).PDF", "Übergabe „neu“ (2).PDF"),
        ("U\u0308bergabe.pdf", "Übergabe.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\Windows\\x.docx", "x.docx"),
        ("C:\\Users\\a\\Bericht.docx", "Bericht.docx"),
        ("/etc/cron.d/x.md", "x.md"),
        ("...versteckt.pdf", "versteckt.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("a\x00.pdf", "a.pdf"),
        ("gnp\u202efdp.txt", "gnpfdp.txt"),
        ("CON.pdf", "_CON.pdf"),
        ("com1.2024.txt", "_com1.2024.txt"),
        ('a<b>"c|d?*.html', "a_b__c_d__.html"),
        ("archiv.tar.pdf", "archiv.tar.pdf"),
        ("Bericht .pdf", "Bericht.pdf"),
    ],
)
def test_a_name_is_made_harmless(sent: str, kept: str) -> None:
    assert clean_file_name(sent) == kept


@pytest.mark.parametrize(
    "sent",
    [
        "", ".", "..", "/", "pdf", ".pdf", "...pdf", "programm.exe", "rechnung.pdf.exe", "a.pdf/", "x.meta.yaml", "a.zip",
        "\x00", "a.p\x00",
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused_with_what_is_read(sent: str) -> None:
    with pytest.raises(UnsuitableFile, match="docx, dotm"):
        clean_file_name(sent)


def test_a_long_name_keeps_its_ending() -> None:
    kept = clean_file_name("ä" * 500 + ".docx")
    assert kept == "ä" * ((MAX_NAME_BYTES - 5) // 2) + ".docx"


def test_the_service_takes_what_ingest_reads() -> None:
    assert set(READ_BY_INGEST) == EXTENSIONS


@given(st.text(max_size=300), st.sampled_from(sorted(EXTENSIONS)))
def test_any_name_becomes_one_part_of_a_path_and_stays_so(start: str, ending: str) -> None:
    try:
        kept = clean_file_name(start + ending)
    except UnsuitableFile:
        return
    assert PurePosixPath(kept).name == PureWindowsPath(kept).name == kept
    assert kept not in (".", "..")
    assert not kept.startswith(".")
    assert len(kept.encode()) <= MAX_NAME_BYTES
    assert not {unicodedata.category(character)[0] for character in kept} & {"C"}
    assert unicodedata.is_normalized("NFC", kept)
    assert PurePosixPath(kept).suffix.lower() in EXTENSIONS
    assert clean_file_name(kept) == kept
