"""Sightings: what the search had in hand for the best hit of a question, and whether that hit was relevant.

The relevance of hits is calibrated on them. Questions without an answer come from three sources: those a set marks as
unanswerable, a set's questions without the documents that answer them, and the questions of another set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from evaluation.honesty import is_answerable, is_unanswerable
from evaluation.judgements import JudgedQuery, JudgedSet, lines_of
from evaluation.latency import spread
from search_service.errors import InvalidJudgements
from search_service.relevance import Basis, Evidence

QUERIES = 500  # asked per pair of question set and corpus, so that the larger sets do not take all the time
RANKINGS = (Basis.BOTH, Basis.WORDS)  # the ranking that ships, and that without the model


class Origin(StrEnum):
    """Why the answer to a question is, or is not, in the corpus that was searched."""

    OWN = "own"  # the set says which documents answer
    UNANSWERABLE = "unanswerable"  # the set says that none does
    REMOVED = "removed"  # the documents that answer were left out
    FOREIGN = "foreign"  # a question of another set


@dataclass(frozen=True, slots=True)
class BestHit:
    """The first hit of one search."""

    document: str  # by the judgements' name
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Sighting:
    """One best hit."""

    corpus: str  # name of the set whose documents were searched
    asked: str  # name of the set the question is from
    query: str  # its id there
    kind: str | None
    origin: Origin
    ranking: Basis
    relevant: bool  # whether a judgement says so; False where nobody judged the hit
    evidence: Evidence | None  # None: the search found nothing


# (question, documents left out by the judgements' names, ranking) -> best hit; None if nothing is found.
Examine = Callable[[str, Collection[str], Basis], BestHit | None]


def gather_sightings(judged: JudgedSet, others: Iterable[JudgedSet], examine: Examine) -> Iterator[Sighting]:
    """Yield what `examine` sees in the corpus of `judged` for its own questions and those of `others`."""
    for query in _choose(judged.queries):
        relevant = {document for document, grade in query.grades.items() if grade > 0}
        if is_answerable(query):
            yield from _look(judged, judged, query, Origin.OWN, relevant, (), examine)
            yield from _look(judged, judged, query, Origin.REMOVED, (), relevant, examine)
        elif is_unanswerable(query):
            yield from _look(judged, judged, query, Origin.UNANSWERABLE, (), (), examine)
    for other in others:
        for query in _choose(other.queries):
            yield from _look(judged, other, query, Origin.FOREIGN, (), (), examine)


def _choose(queries: Sequence[JudgedQuery]) -> list[JudgedQuery]:
    by_id = {query.id: query for query in queries}
    return [by_id[key] for key in spread(list(by_id), QUERIES)]


def _look(
    judged: JudgedSet,
    asked: JudgedSet,
    query: JudgedQuery,
    origin: Origin,
    relevant: Collection[str],
    left_out: Collection[str],
    examine: Examine,
) -> Iterator[Sighting]:
    for ranking in RANKINGS:
        best = examine(query.text, left_out, ranking)
        is_relevant = best is not None and best.document in relevant
        evidence = best.evidence if best else None
        yield Sighting(judged.name, asked.name, query.id, query.kind, origin, ranking, is_relevant, evidence)


def write_sightings(sightings: Iterable[Sighting]) -> str:
    """Return the sightings as JSON lines."""
    return "".join(json.dumps(asdict(sighting), ensure_ascii=False) + "\n" for sighting in sightings)


def read_sightings(path: Path) -> list[Sighting]:
    """Return the sightings of a file; raise InvalidJudgements, naming the line, if it cannot be read."""
    sightings = []
    for number, line in lines_of(path):
        try:
            record = json.loads(line)
            evidence = None if record["evidence"] is None else Evidence(**record["evidence"])
            origin, ranking = Origin(record["origin"]), Basis(record["ranking"])
            sightings.append(Sighting(**{**record, "origin": origin, "ranking": ranking, "evidence": evidence}))
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidJudgements(
                f"„{path}“, Zeile {number}: Das ist keine Beobachtung eines Treffers ({error}). "
                "Bitte die Datei mit „change-wissen evaluate … --sightings“ neu schreiben."
            ) from error
    return sightings
