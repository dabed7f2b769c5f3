"""Judged sets: a folder with queries and relevance judgements in BEIR layout, read whole or refused with the line.

`queries.jsonl` (`_id`, `text`, optional `kind` and `twin`, also inside `metadata`), `qrels.tsv` or `qrels/test.tsv` (header,
then query-id, corpus-id, score), and either `corpus.jsonl` (`_id`, `title`, `text`) or the documents themselves as files in
the folder; `meta.json` may hold the `name`. Thakur et al., BEIR, NeurIPS Datasets and Benchmarks 2021.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from search_service.errors import InvalidJudgements

LAYOUT = "Erwartet wird ein BEIR-Ordner mit queries.jsonl, qrels.tsv und corpus.jsonl (oder den Dokumenten selbst als Dateien)."
QRELS_PLACES = ("qrels.tsv", "qrels/test.tsv")  # ours, and the original BEIR archives


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of an evaluation corpus; it becomes one document."""

    id: str
    title: str  # may be empty
    text: str


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query and what answers it."""

    id: str
    text: str
    kind: str | None  # e.g. "alltag", "kompositum"; None where the set has no kinds
    grades: dict[str, int]  # document id -> grade; empty if nothing was judged
    twin: str | None = None  # id of the query that asks the same in clean spelling; None if there is none


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Queries with judgements over one corpus."""

    name: str
    entries: tuple[Entry, ...] | None  # None: the documents are files, judged by their path relative to the folder
    queries: tuple[JudgedQuery, ...]


def read_judged_set(folder: Path) -> JudgedSet:
    """Return the judged set in `folder`; raise InvalidJudgements, naming file and line, if any part cannot be read."""
    if not folder.is_dir():
        raise InvalidJudgements(f"Den Ordner „{folder}“ gibt es nicht. {LAYOUT}")
    corpus = folder / "corpus.jsonl"
    entries = read_entries(corpus) if corpus.exists() else None
    queries = read_queries(folder / "queries.jsonl")
    grades = read_qrels(find_qrels(folder), {query.id for query in queries})
    if entries is None:
        refuse_unknown_files(folder, grades)
    judged = tuple(replace(query, grades=grades.get(query.id, {})) for query in queries)
    return JudgedSet(read_name(folder), entries, judged)


def read_entries(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a `corpus.jsonl` in the order of the file."""
    entries: dict[str, Entry] = {}
    for number, line in lines_of(path):
        record = parse_record(path, number, line)
        entry = Entry(
            text_of(record, "_id", path, number), str(record.get("title") or ""), text_of(record, "text", path, number)
        )
        if entry.id in entries:
            raise broken(path, number, f"die _id „{entry.id}“ kommt ein zweites Mal vor", "Bitte jede _id nur einmal vergeben.")
        entries[entry.id] = entry
    return tuple(entries.values())


def read_queries(path: Path) -> tuple[JudgedQuery, ...]:
    """Return the queries of a `queries.jsonl` in the order of the file, without grades."""
    queries: dict[str, JudgedQuery] = {}
    lines: dict[str, int] = {}
    for number, line in lines_of(path):
        record = parse_record(path, number, line)
        name, text = text_of(record, "_id", path, number), text_of(record, "text", path, number)
        query = JudgedQuery(name, text, optional(record, "kind"), {}, optional(record, "twin"))
        if query.id in queries:
            raise broken(path, number, f"die _id „{query.id}“ kommt ein zweites Mal vor", "Bitte jede _id nur einmal vergeben.")
        if not query.text.strip():
            raise broken(path, number, f"die Frage „{query.id}“ ist leer", "Bitte einen Text eintragen oder die Zeile löschen.")
        queries[query.id] = query
        lines[query.id] = number
    if not queries:
        raise InvalidJudgements(f"In „{path}“ steht keine Frage. Bitte mindestens eine Zeile mit _id und text eintragen.")
    for query in queries.values():
        if query.twin is not None and query.twin not in queries:
            what = f"die Frage „{query.twin}“, die als „twin“ genannt ist, gibt es nicht"
            raise broken(path, lines[query.id], what, "Bitte die _id berichtigen oder „twin“ löschen.")
    return tuple(queries.values())


def read_qrels(path: Path, known_queries: set[str]) -> dict[str, dict[str, int]]:
    """Return query id -> document id -> grade; a first line that starts with `query-id` is the header."""
    form = "Erwartet wird: query-id, corpus-id und score als ganze Zahl, durch Tabulatoren getrennt."
    grades: dict[str, dict[str, int]] = {}
    for number, line in lines_of(path):
        columns = line.split("\t")
        if number == 1 and columns[0] == "query-id":
            continue
        if len(columns) != 3:
            raise broken(path, number, f"die Zeile hat {len(columns)} statt 3 Spalten", form)
        query, document, score = (column.strip() for column in columns)
        try:
            grade = int(score)
        except ValueError:
            raise broken(path, number, f"„{score}“ ist keine ganze Zahl", form) from None
        if query not in known_queries:
            cure = "Bitte die Frage dort ergänzen oder die Zeile löschen."
            raise broken(path, number, f"die Frage „{query}“ steht nicht in queries.jsonl", cure)
        judged = grades.setdefault(query, {})
        if document in judged:
            pair = f"das Dokument „{document}“ ist zur Frage „{query}“ ein zweites Mal bewertet"
            raise broken(path, number, pair, "Bitte nur eine der Zeilen behalten.")
        judged[document] = grade
    return grades


def find_qrels(folder: Path) -> Path:
    """Return the file of judgements in `folder`."""
    for place in QRELS_PLACES:
        if (folder / place).is_file():
            return folder / place
    raise InvalidJudgements(f"In „{folder}“ fehlen die Bewertungen (qrels.tsv oder qrels/test.tsv). {LAYOUT}")


def refuse_unknown_files(folder: Path, grades: dict[str, dict[str, int]]) -> None:
    """Raise InvalidJudgements if a judged document is not a file under `folder`."""
    for document in sorted({document for judged in grades.values() for document in judged}):
        if not (folder / document).is_file():
            raise InvalidJudgements(
                f"In „{folder}“ gibt es weder eine corpus.jsonl noch die bewertete Datei „{document}“. "
                "Bitte die corpus.jsonl ergänzen oder den Pfad in den Bewertungen berichtigen."
            )


def read_name(folder: Path) -> str:
    """Return the `name` in `meta.json`, else the name of the folder."""
    path = folder / "meta.json"
    if not path.exists():
        return folder.resolve().name
    try:
        meta = json.loads(path.read_text("utf-8-sig"))
    except (ValueError, OSError) as error:
        raise InvalidJudgements(
            f"„{path}“ lässt sich nicht als JSON lesen ({error}). Bitte berichtigen oder löschen."
        ) from None
    name = meta.get("name") if isinstance(meta, dict) else None
    return name if isinstance(name, str) and name else folder.resolve().name


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (1-based number, line without its end), leaving out blank lines; only line ends split, not U+2028."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line.rstrip("\n")
    except FileNotFoundError:
        raise InvalidJudgements(f"Die Datei „{path}“ fehlt. {LAYOUT}") from None
    except UnicodeDecodeError:
        raise InvalidJudgements(f"„{path}“ ist kein UTF-8. Bitte die Datei als UTF-8 speichern.") from None
    except OSError as error:
        raise InvalidJudgements(
            f"„{path}“ lässt sich nicht lesen ({error.strerror}). Bitte die Zugriffsrechte prüfen."
        ) from None


def parse_record(path: Path, number: int, line: str) -> dict[str, object]:
    """Return the JSON object on one line."""
    try:
        record = json.loads(line)
    except ValueError:
        raise broken(
            path, number, "das ist kein gültiges JSON", "Bitte die Zeile berichtigen: ein JSON-Objekt je Zeile."
        ) from None
    if not isinstance(record, dict):
        raise broken(path, number, "das ist kein JSON-Objekt", "Bitte die Zeile als {…} schreiben.")
    return record


def text_of(record: dict[str, object], key: str, path: Path, number: int) -> str:
    """Return a required value as text; whole numbers are accepted, as some BEIR archives number their ids."""
    value = record.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or (key == "_id" and not value):
        raise broken(path, number, f"„{key}“ fehlt oder ist kein Text", f"Bitte „{key}“ eintragen.")
    return value


def optional(record: dict[str, object], key: str) -> str | None:
    """Return a value at the top or in `metadata`, such as the kind of a query; None if it has none."""
    metadata = record.get("metadata")
    value = record.get(key) or (metadata.get(key) if isinstance(metadata, dict) else None)
    return str(value) if value else None


def select_part(judged: JudgedSet, documents: Collection[str], name: str) -> JudgedSet:
    """Return the set over some of its documents: queries with a relevant one among them, and those of no judgement at all."""
    entries = None if judged.entries is None else tuple(entry for entry in judged.entries if entry.id in documents)
    queries = []
    for query in judged.queries:
        grades = {document: grade for document, grade in query.grades.items() if document in documents}
        if not query.grades or any(grade > 0 for grade in grades.values()):
            queries.append(replace(query, grades=grades))
    return JudgedSet(name, entries, tuple(queries))


def broken(path: Path, number: int, what: str, cure: str) -> InvalidJudgements:
    """Return the error for one line."""
    return InvalidJudgements(f"„{path}“, Zeile {number}: {what}. {cure}")
