"""Rebuilds the sample documents of the corpus from their sources, and its queries from the authors' files.

    python corpus/sources/build.py             write every PDF and DOCX anew
    python corpus/sources/build.py --queries   merge queries-*.jsonl into queries.jsonl and qrels.tsv
    ... --check                                write nothing; exit code 1 if a committed file differs from its source

A source names its target in the first line: `// out: FOLDER/NAME.pdf`, with ` scan` at the end for page images without a
text layer, or `<!-- out: FOLDER/NAME.docx -->`.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pypdfium2
import typst
import yaml
from query_files import check_questions, merge_questions, read_questions
from scan_files import render, write_scan
from source_error import SourceError
from word_files import Properties, write_docx

CORPUS = Path(__file__).resolve().parents[1]
TEMPLATE = "vorlage.typ"  # shared by the sources, not a document itself
SIDECAR = ".meta.yaml"
TYPST_TARGET = re.compile(r"// out: (?P<out>[a-z]+/[a-z0-9-]+\.pdf)(?P<scan> scan)?\s*")
DOCX_TARGET = re.compile(r"<!-- out: (?P<out>[a-z]+/[a-z0-9-]+\.docx) -->\s*")
SAME_GREY = 3.0  # mean difference of grey values up to which two scans are one: another processor rounds otherwise
FIXED_DATE = datetime(1970, 1, 1, tzinfo=UTC)  # for a Typst source that asks for today


@dataclass(frozen=True, slots=True)
class Target:
    """A document to build."""

    source: Path
    out: str  # relative to the corpus
    scan: bool = False


def find_targets(sources: Path) -> list[Target]:
    """Return a target for every source, by name; raise SourceError on a first line that names none, or one named twice."""
    targets: dict[str, Target] = {}
    for source in sorted([*sources.glob("*.typ"), *sources.glob("*.docx.md")]):
        if source.name == TEMPLATE:
            continue
        target = parse_target(source)
        if target.out in targets:
            raise SourceError(f"{source.name}: „{target.out}“ baut schon {targets[target.out].source.name}. Bitte umbenennen.")
        targets[target.out] = target
    return list(targets.values())


def parse_target(source: Path) -> Target:
    """Return the target that the first line of a source names."""
    is_typst = source.suffix == ".typ"
    first = source.read_text("utf-8").partition("\n")[0]
    match = (TYPST_TARGET if is_typst else DOCX_TARGET).fullmatch(first)
    if match is None:
        form = "// out: ORDNER/NAME.pdf" if is_typst else "<!-- out: ORDNER/NAME.docx -->"
        raise SourceError(f"{source.name}: Die erste Zeile nennt kein Ziel. Bitte „{form}“ schreiben.")
    return Target(source, match["out"], is_typst and match["scan"] is not None)


def build(target: Target, corpus: Path) -> bytes:
    """Return the document; raise SourceError if its source or its sidecar cannot be used."""
    if target.source.suffix == ".typ":
        pdf = compile_typst(target.source, corpus)
        return write_scan(pdf, seed=zlib.crc32(target.out.encode())) if target.scan else pdf
    try:
        return write_docx(target.source.read_text("utf-8"), read_properties(corpus / target.out))
    except SourceError as error:
        raise SourceError(f"{target.source.name}: {error}") from None


def compile_typst(source: Path, corpus: Path) -> bytes:
    """Return the PDF, set with the fonts that come with Typst only."""
    try:
        return typst.compile(source, root=corpus, ignore_system_fonts=True, timestamp=FIXED_DATE)
    except typst.TypstError as error:
        raise SourceError(f"{source.name}: Typst kann die Quelle nicht setzen: {error}") from None


def read_properties(document: Path) -> Properties:
    """Return the core properties for a DOCX from the sidecar beside it."""
    sidecar = document.parent / (document.stem + SIDECAR)
    if not sidecar.exists():
        raise SourceError(f"Die Begleitdatei „{sidecar.name}“ fehlt in „{sidecar.parent.name}“. Bitte anlegen.")
    try:
        metadata = yaml.safe_load(sidecar.read_text("utf-8"))
        return Properties(metadata["title"], "; ".join(metadata["authors"]), datetime(int(metadata["year"]), 1, 1, 12))
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        raise SourceError(f"In „{sidecar.name}“ fehlen title, authors (Liste) oder year. Bitte ergänzen.") from None


def same_content(built: bytes, committed: bytes, target: Target) -> bool:
    """Return whether two builds say the same, even if their bytes differ, as they may on another processor."""
    if built == committed:
        return True
    if target.scan:
        return same_images(built, committed)
    return pdf_text(built) == pdf_text(committed) if target.out.endswith(".pdf") else docx_parts(built) == docx_parts(committed)


def same_images(built: bytes, committed: bytes) -> bool:
    """Return whether two scans show the same pages."""
    pages, others = (render(pdf, 50) for pdf in (built, committed))
    return len(pages) == len(others) and all(
        page.size == other.size and np.abs(np.asarray(page, int) - np.asarray(other, int)).mean() <= SAME_GREY
        for page, other in zip(pages, others, strict=True)
    )


def pdf_text(pdf: bytes) -> list[str]:
    """Return the text of every page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def docx_parts(archive: bytes) -> dict[str, bytes]:
    """Return the parts of a DOCX, unpacked."""
    with zipfile.ZipFile(io.BytesIO(archive)) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def find_documents(corpus: Path) -> list[str]:
    """Return the paths of all documents relative to the corpus, sorted; sidecars and sources are none."""
    found = (path for path in corpus.glob("*/*") if path.is_file() and not path.name.endswith(SIDECAR))
    return sorted(path.relative_to(corpus).as_posix() for path in found if path.parent.name != "sources")


def build_queries(corpus: Path) -> dict[str, bytes]:
    """Return the contents of `queries.jsonl` and `qrels.tsv`, merged from the authors' files in the order of their names."""
    questions = [question for path in sorted((corpus / "sources").glob("queries-*.jsonl")) for question in read_questions(path)]
    check_questions(questions, find_documents(corpus))
    queries, qrels = merge_questions(questions)
    return {"queries.jsonl": queries.encode(), "qrels.tsv": qrels.encode()}


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and leave it alone if it already holds the content."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).chmod(0o644)  # temporary files are private, documents are not
    Path(part.name).replace(path)


def update_documents(corpus: Path, targets: Iterable[Target], check: bool) -> int:
    """Build every document, write it or (check) compare it, say what happened, and return the number of problems."""
    built = problems = 0
    for target in targets:
        try:
            content = build(target, corpus)
        except SourceError as error:
            print(error, file=sys.stderr)
            problems += 1
            continue
        path = corpus / target.out
        if not check:
            write_file(path, content)
        elif not path.exists():
            print(f"{target.out} fehlt. Bitte „make corpus“ aufrufen.")
            problems += 1
        elif not same_content(content, path.read_bytes(), target):
            print(f"{target.out} weicht von {target.source.name} ab. Bitte „make corpus“ aufrufen.")
            problems += 1
        built += 1
    print(f"{built} Dokumente {'verglichen' if check else 'gebaut'}, {problems} mit Problemen.")
    return problems


def update_queries(corpus: Path, check: bool) -> int:
    """Merge the queries, write or (check) compare both files, say what happened, and return the number of problems."""
    try:
        files = build_queries(corpus)
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    problems = 0
    for name, content in files.items():
        path = corpus / name
        if not check:
            write_file(path, content)
        elif not path.exists() or path.read_bytes() != content:
            print(f"{name} weicht von den Dateien queries-*.jsonl ab. Bitte „make corpus“ aufrufen.")
            problems += 1
    queries, qrels = (content.count(b"\n") for content in files.values())
    done = "verglichen" if check else "geschrieben"
    print(f"{queries} Fragen und {qrels - 1} Bewertungen {done}, {problems} Dateien mit Problemen.")
    return problems


def main() -> int:
    """Run the command; return 0, or 1 if a source has a problem or (check) a file differs."""
    parser = argparse.ArgumentParser(description="Baut die Beispieldokumente und die Fragen des Korpus aus ihren Quellen.")
    parser.add_argument("--check", action="store_true", help="nichts schreiben, nur sagen, was abweicht")
    parser.add_argument("--queries", action="store_true", help="statt der Dokumente die Fragen zusammenführen")
    options = parser.parse_args()
    if options.queries:
        return min(update_queries(CORPUS, options.check), 1)
    try:
        targets = find_targets(CORPUS / "sources")
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    return min(update_documents(CORPUS, targets, options.check), 1)


if __name__ == "__main__":
    sys.exit(main())
