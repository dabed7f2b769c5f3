"""Rankings as TREC run files, so that other tools can judge and compare them: `query Q0 document rank score tag` a line.

Fields are parted by blanks, so every blank of an id is percent-encoded, and with it the percent sign; ids of judgements that
hold neither stay as they are. trec_eval orders by score and forgets ranks, and real scores may be equal: the score here is
the depth left below a rank, which keeps the order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from evaluation.scoring import DEPTH
from search_service.errors import InvalidJudgements

ITERATION = "Q0"  # a field that TREC keeps for its history
TAG = "change-wissen"
_COLUMNS = 6
# What ends or parts a line for any reader, Unicode's blanks and line ends among it.
_PARTING = re.compile(r"[\s%\x00-\x20\x7f-\x9f\u200b\ufeff]")
_NO_FILE_NAME = re.compile(r"[^\w.-]+")

Rankings = Mapping[str, Sequence[str]]  # query id -> document ids, best first, each once


def write_run(rankings: Rankings, variant: str) -> str:
    """Return the text of a run file; queries in the order given, at most DEPTH documents each."""
    return "".join(
        f"{encode_id(query)} {ITERATION} {encode_id(document)} {rank} {DEPTH + 1 - rank} {TAG}-{variant}\n"
        for query, documents in rankings.items()
        for rank, document in enumerate(documents[:DEPTH], start=1)
    )


def read_run(text: str) -> dict[str, list[str]]:
    """Return query id -> document ids, by falling score and, where scores are equal, in the order of the file.

    Raises InvalidJudgements, naming the line, if one has not six fields, a score that is no number, or a document again.
    """
    scored: dict[str, dict[str, float]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != _COLUMNS:
            raise _broken(number, f"sie hat {len(fields)} statt {_COLUMNS} Spalten")
        query, document = unquote(fields[0]), unquote(fields[2])
        found = scored.setdefault(query, {})
        if document in found:
            raise _broken(number, f"das Dokument „{document}“ steht zur Frage „{query}“ ein zweites Mal da")
        try:
            found[document] = float(fields[4])
        except ValueError:
            raise _broken(number, f"„{fields[4]}“ ist keine Zahl") from None
    return {query: sorted(found, key=lambda document: -found[document]) for query, found in scored.items()}


def encode_id(name: str) -> str:
    """Return an id as one field: blanks, control characters and the percent sign as %XX of their UTF-8 bytes."""
    return _PARTING.sub(lambda found: quote(found.group(), safe=""), name)


def run_name(judged_set: str, variant: str) -> str:
    """Return the name of the file for one set and variant."""
    return f"{_NO_FILE_NAME.sub('-', judged_set).strip('.-') or 'satz'}.{variant}.run"


def _broken(number: int, what: str) -> InvalidJudgements:
    return InvalidJudgements(
        f"Zeile {number} des Laufs: {what}. "
        "Erwartet wird: Frage, Q0, Dokument, Rang, Wert und Kennung, durch Leerzeichen getrennt."
    )
