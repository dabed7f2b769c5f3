"""The queries of the authors, checked and merged into the two files of a BEIR folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from source_error import SourceError

UNANSWERABLE = "unbeantwortbar"
TWINNED = ("umschrift", "tippfehler")  # asked like another query, only written differently
KINDS = ("alltag", "stichwort", "kompositum", "paraphrase", *TWINNED, "referenz", UNANSWERABLE)
GRADES = (1, 2, 3)
REQUIRED = {"text", "kind", "relevant"}


@dataclass(frozen=True, slots=True)
class Question:
    """One line of an author's file."""

    place: str  # file and line, for messages
    text: str
    kind: str
    relevant: dict[str, int]  # path of a document in the corpus -> grade
    twin: str | None  # text of the cleanly written question


def read_questions(path: Path) -> list[Question]:
    """Return the questions of one file, in its order; raise SourceError with the line if one has not the right form."""
    lines = path.read_text("utf-8").split("\n")
    return [parse_question(line, f"{path.name}, Zeile {number}") for number, line in enumerate(lines, 1) if line.strip()]


def parse_question(line: str, place: str) -> Question:
    """Return one question; whether its documents and its twin exist is checked later, over all files."""
    try:
        record = json.loads(line)
    except ValueError:
        raise SourceError(f"{place}: Das ist kein gültiges JSON. Bitte ein JSON-Objekt je Zeile schreiben.") from None
    if not isinstance(record, dict) or not {"text", "kind", "relevant"} <= record.keys() <= {
        "text",
        "kind",
        "relevant",
        "twin",
    }:
        raise SourceError(f"{place}: Erlaubt sind genau text, kind, relevant und bei Zwillingen twin. Bitte anpassen.")
    text, kind, relevant, twin = record["text"], record["kind"], record["relevant"], record.get("twin")
    if not isinstance(text, str) or not text.strip():
        raise SourceError(f"{place}: Der Text der Frage fehlt. Bitte „text“ ausfüllen.")
    if kind not in KINDS:
        raise SourceError(f"{place}: Die Art „{kind}“ gibt es nicht. Erlaubt sind: {', '.join(KINDS)}.")
    if not isinstance(relevant, dict):
        raise SourceError(f"{place}: „relevant“ ist kein Objekt. Bitte als {{Dokumentpfad: Note}} schreiben.")
    if twin is not None and not isinstance(twin, str):
        raise SourceError(f"{place}: „twin“ ist kein Text. Bitte den Text der sauberen Frage eintragen.")
    for document, grade in relevant.items():
        if type(grade) is not int or grade not in GRADES:
            raise SourceError(f"{place}: Die Note „{grade}“ für „{document}“ liegt nicht zwischen 1 und 3. Bitte berichtigen.")
    if (kind == UNANSWERABLE) == bool(relevant):
        raise SourceError(f"{place}: Genau die Fragen der Art „{UNANSWERABLE}“ haben kein Dokument. Bitte anpassen.")
    if (kind in TWINNED) != (twin is not None):
        raise SourceError(f"{place}: Genau die Fragen der Arten {' und '.join(TWINNED)} haben einen „twin“. Bitte anpassen.")
    return Question(place, text.strip(), kind, relevant, twin.strip() if twin is not None else None)


def check_questions(questions: Sequence[Question], documents: Iterable[str]) -> None:
    """Raise SourceError on a repeated text, an unknown document, or a twin that is missing or judged otherwise."""
    known = set(documents)
    seen: dict[str, Question] = {}
    for question in questions:
        if question.text in seen:
            other = seen[question.text].place
            raise SourceError(f"{question.place}: Dieselbe Frage steht schon in {other}. Bitte eine davon streichen.")
        seen[question.text] = question
        for document in question.relevant:
            if document not in known:
                raise SourceError(f"{question.place}: Das Dokument „{document}“ gibt es nicht. Bitte den Pfad berichtigen.")
    for question in questions:
        if question.twin is None:
            continue
        twin = seen.get(question.twin)
        if twin is None or twin is question:
            raise SourceError(f"{question.place}: Den Zwilling „{question.twin}“ gibt es nicht. Bitte genau abschreiben.")
        if twin.relevant != question.relevant:
            raise SourceError(f"{question.place}: Der Zwilling in {twin.place} hat andere Noten. Bitte angleichen.")


def merge_questions(questions: Sequence[Question]) -> tuple[str, str]:
    """Return the contents of `queries.jsonl` and `qrels.tsv` of checked questions, numbered in the given order."""
    ids = {question.text: f"q{number:03d}" for number, question in enumerate(questions, 1)}
    queries, qrels = [], ["query-id\tcorpus-id\tscore"]
    for question in questions:
        record = {"_id": ids[question.text], "text": question.text, "kind": question.kind}
        if question.twin is not None:
            record["twin"] = ids[question.twin]
        queries.append(json.dumps(record, ensure_ascii=False))
        ordered = sorted(question.relevant.items(), key=lambda item: (-item[1], item[0]))
        qrels += [f"{ids[question.text]}\t{document}\t{grade}" for document, grade in ordered]
    return "\n".join(queries) + "\n", "\n".join(qrels) + "\n"
