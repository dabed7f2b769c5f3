"""Files the tests of ingest read, made on the spot: real PDFs from a typesetting engine, real Word files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
import typst

STUDY = """
#set document(title: "Microsoft Word - Endfassung_v7.doc", author: "Redaktion Zukunfts-HUB")
#set text(lang: "de", hyphenate: true, size: 10pt)
#set par(justify: true)
#set page(width: 148mm, height: 210mm, margin: 18mm, header: context [Kopfzeile Studie #h(1fr) Zukunfts-HUB],
  footer: context align(center, counter(page).display()))
#set heading(numbering: "1.1")
#set page(numbering: "i")
#align(center, text(20pt, weight: "bold")[Beschäftigte gewinnen und halten])
#align(center)[Eine Untersuchung, Dortmund 2025]
#pagebreak()
#outline(title: "Inhaltsverzeichnis")
#pagebreak()
#set page(numbering: "1", columns: 2)
#counter(page).update(1)
= Ausgangslage
FILLER

== Förderung
Die Förder- und Beratungsangebote der Länder helfen der IT-Sicherheit im Betrieb.#footnote[Vgl. § 87 Abs. 1 Nr. 6 BetrVG.]
FILLER

- Erstens wird der Bedarf ermittelt.
- Zweitens wird der Antrag gestellt.

#figure(table(columns: 2, [Jahr], [Betriebe], [2023], [12], [2024], [17], [2025], [21]), caption: [Geförderte Betriebe])

= Ergebnis
FILLER
"""
FILLER = (
    "Die Weiterbildungsbereitschaft der Belegschaften wächst, sobald die Qualifizierungsmaßnahmen während der "
    "Arbeitszeit stattfinden und der Betriebsrat die Auswahlentscheidungen mitträgt. Unternehmensleitungen berichten "
    "von Fachkräfteengpässen in der Instandhaltung. "
)


@pytest.fixture(scope="session")
def typeset(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that sets Typst source as a PDF."""
    folder = tmp_path_factory.mktemp("gesetzt")
    made: dict[str, Path] = {}

    def typeset_source(source: str) -> Path:
        if source not in made:
            written = folder / f"{len(made)}.typ"
            written.write_text(source, "utf-8")
            made[source] = written.with_suffix(".pdf")
            typst.compile(str(written), output=str(made[source]))
        return made[source]

    return typeset_source


@pytest.fixture(scope="session")
def study(typeset: Callable[[str], Path]) -> Path:
    """Return a two-column study with title page, contents, roman front matter, running header, footnote, list and table."""
    return typeset(STUDY.replace("FILLER", FILLER * 3))


@pytest.fixture(scope="session")
def study_text() -> str:
    """Return the sentences that fill the study."""
    return FILLER


@pytest.fixture(scope="session")
def scan(typeset: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a PDF of two pages that hold nothing but a picture."""
    folder = tmp_path_factory.mktemp("scan")
    (folder / "bild.png").write_bytes(make_png())
    source = '#image("bild.png", width: 100%)\n#pagebreak()\n#image("bild.png", width: 100%)'
    (folder / "scan.typ").write_text(source)
    typst.compile(str(folder / "scan.typ"), output=str(folder / "scan.pdf"))
    return folder / "scan.pdf"


def make_png() -> bytes:
    """Return a grey picture of 8 x 8 points."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + bytes(range(0, 64, 8)) for _ in range(8))
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


@pytest.fixture(scope="session")
def locked(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the study behind a password."""
    writer = pypdf.PdfWriter(clone_from=study)
    writer.encrypt("geheim", algorithm="RC4-128")
    path = tmp_path_factory.mktemp("verschlossen") / "verschlossen.pdf"
    writer.write(path)
    return path
