"""What became of the files that were offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """The one state a file ends in."""

    INDEXED = "indexed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file."""

    path: str
    state: State
    reason: str | None = None  # German: why it was not indexed, or what was odd about an indexed one
    passages: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all files, in the order they were offered."""

    files: tuple[FileReport, ...]
    pruned: tuple[str, ...] = ()  # locations of documents removed because their file is gone
    notices: tuple[str, ...] = ()  # German sentences about the whole run
    embedded: int = 0  # passages that got a vector in this run
    generation: int | None = None  # number of the generation published; None if nothing changed

    @property
    def totals(self) -> dict[State, int]:
        """Return the number of files for each of the five states."""
        return {state: sum(1 for file in self.files if file.state is state) for state in State}

    def to_json(self) -> dict[str, object]:
        """Return {"totals": {state: n}, "files": [{"path", "state", "reason", "passages", "seconds"}]}.

        "pruned" and "notices" are there only if there were any.
        """
        result: dict[str, object] = {
            "totals": {state.value: count for state, count in self.totals.items()},
            "files": [
                {
                    "path": file.path,
                    "state": file.state.value,
                    "reason": file.reason,
                    "passages": file.passages,
                    "seconds": round(file.seconds, 3),
                }
                for file in self.files
            ],
        }
        if self.pruned:
            result["pruned"] = list(self.pruned)
        if self.notices:
            result["notices"] = list(self.notices)
        return result


def join_reports(reports: Sequence[Report]) -> Report:
    """Return one report of runs that followed each other on one knowledge base; an empty one for none."""
    return Report(
        files=tuple(file for report in reports for file in report.files),
        pruned=tuple(path for report in reports for path in report.pruned),
        notices=tuple(dict.fromkeys(notice for report in reports for notice in report.notices)),
        embedded=sum(report.embedded for report in reports),
        generation=next((report.generation for report in reversed(reports) if report.generation is not None), None),
    )


class Progress(Protocol):
    """Is told how far an ingest has come."""

    def offered(self, total: int) -> None:
        """`total` files will be looked at."""

    def finished(self, report: FileReport) -> None:
        """One of them has ended in its state."""

    def embedded(self, done: int, total: int) -> None:
        """`done` of `total` passages without a vector have one now; told first with `done` 0."""

    def publishing(self) -> None:
        """The index is written."""


class NoProgress:
    """Listens and says nothing."""

    def offered(self, total: int) -> None:
        """Do nothing."""

    def finished(self, report: FileReport) -> None:
        """Do nothing."""

    def embedded(self, done: int, total: int) -> None:
        """Do nothing."""

    def publishing(self) -> None:
        """Do nothing."""
