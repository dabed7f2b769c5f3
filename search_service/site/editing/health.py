"""How the service is, line by line: what was found, how serious it is, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from search_service.desk.inbox import KEPT_FREE
from search_service.desk.jobs import Job, JobState
from search_service.desk.keys import Key
from search_service.desk.presence import Sign
from search_service.knowledge_base.manifests import PublishedGeneration
from search_service.searcher import Status
from search_service.typesetting import german_date, german_number

# A reindex writes a generation beside the current one and copies what is uploaded twice: the desk's own floor four times.
SCARCE = 4 * KEPT_FREE  # bytes
PATIENCE = timedelta(minutes=10)  # that the oldest job may wait; most take seconds, an ingest beside them may take hours
EXPIRES_SOON = timedelta(days=30)


class Level(StrEnum):
    """How serious a finding is; the value is its German word."""

    GOOD = "In Ordnung"
    WATCH = "Beachten"
    ACT = "Handeln"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line."""

    name: str
    level: Level
    found: str
    advice: str | None = None  # what to do now; None where nothing is


@dataclass(frozen=True, slots=True)
class Facts:
    """What was looked up."""

    now: datetime  # UTC
    status: Status | None  # None: nothing answers
    trouble: str | None  # why nothing answers
    states: Sequence[PublishedGeneration]  # the newest first
    worker: Sign
    open_jobs: Sequence[Job]  # in their order
    failed_jobs: int  # of the last week that have not been made good
    refused_files: int  # that the last readings could not take in
    keys: Sequence[Key]
    free: int | None  # bytes on the disk of the knowledge base; None: the system does not say
    size: int | None  # bytes of the knowledge base; None: not measured, which takes a walk through all its files
    is_secure: bool  # the operator has said that the service is reached by https


def examine(facts: Facts) -> tuple[Finding, ...]:
    """Return the findings in a fixed order."""
    return (
        *_examine_search(facts),
        _examine_index(facts),
        _examine_worker(facts),
        _examine_queue(facts),
        _examine_failures(facts),
        _examine_files(facts),
        _examine_disk(facts),
        _examine_address(facts),
        *_examine_keys(facts),
    )


def find_worst(findings: Iterable[Finding]) -> Level:
    """Return the most serious level."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.GOOD)


def tell_age(since: timedelta) -> str:
    """Return how long something is ago: "vor 3 Tagen"."""
    minutes = max(0, int(since.total_seconds())) // 60
    for length, one, many in ((1440, "einem Tag", "Tagen"), (60, "einer Stunde", "Stunden"), (1, "einer Minute", "Minuten")):
        if count := minutes // length:
            return f"vor {one}" if count == 1 else f"vor {german_number(count)} {many}"
    return "gerade eben"


def tell_wait(age: timedelta) -> str:
    """Return how long something waits: "seit 3 Tagen"."""
    return tell_age(age).replace("vor ", "seit ") if age >= timedelta(minutes=1) else "seit eben"


def tell_bytes(size: int) -> str:
    """Return a size in MB or GB."""
    if size < 10**6:
        return "weniger als 1 MB"
    return f"{german_number(round(size / 10**6))} MB" if size < 10**9 else f"{size / 10**9:.1f} GB".replace(".", ",")


def _examine_search(facts: Facts) -> Iterable[Finding]:
    status = facts.status
    if status is None:
        advice = facts.trouble or "Bitte den Betreiber verständigen."
        yield Finding("Suche nach Wörtern", Level.ACT, "geht nicht", advice)
        yield Finding("Suche nach Bedeutung", Level.ACT, "geht nicht", "Sie folgt, sobald die Suche nach Wörtern geht.")
        return
    yield Finding("Suche nach Wörtern", Level.GOOD, "geht")
    told = " ".join(status.notices)
    if status.semantic:
        yield Finding("Suche nach Bedeutung", Level.GOOD, "geht")
    else:
        advice = told or "Bitte den Betreiber verständigen."
        yield Finding("Suche nach Bedeutung", Level.WATCH, "geht nicht; gesucht wird nur nach Wörtern", advice)
        told = ""
    if told:
        yield Finding("Hinweise", Level.WATCH, told, "Bitte dem Betreiber zeigen.")


def _examine_index(facts: Facts) -> Finding:
    status, newest = facts.status, next(iter(facts.states), None)
    if status is None:
        return Finding("Suchindex", Level.ACT, "keiner geladen", "Bitte den Betreiber verständigen.")
    age = tell_age(facts.now - status.updated_at)
    documents = "1 Dokument" if status.documents == 1 else f"{german_number(status.documents)} Dokumenten"
    found = f"Nr. {status.generation}, veröffentlicht {age}, mit {documents} und {german_number(status.passages)} Textstellen"
    if newest is not None and newest.number > status.generation:
        advice = "Unter „Stände“ bringt „Neuesten Stand veröffentlichen“ den neuesten zurück; die nächste Änderung auch."
        return Finding("Suchindex", Level.WATCH, f"{found}. Es antwortet ein früherer Stand", advice)
    return Finding("Suchindex", Level.GOOD, found)


def _examine_worker(facts: Facts) -> Finding:
    name, sign = "Arbeitsprozess", facts.worker
    seen = f"zuletzt gesehen {tell_age(facts.now - sign.seen_at)}" if sign.seen_at else "noch nie gesehen"
    if sign.is_there:
        return Finding(name, Level.GOOD, "läuft")
    start = "Bitte den Betreiber bitten, „change-wissen work“ zu starten."
    if sign.is_there is None:
        return Finding(name, Level.WATCH, f"ob er läuft, verrät das System nicht; {seen}", f"Bleiben Aufträge liegen: {start}")
    if facts.open_jobs:
        return Finding(name, Level.ACT, f"läuft nicht; {seen}", f"{start} Bis dahin bleiben die Aufträge liegen.")
    return Finding(
        name, Level.WATCH, f"läuft nicht; {seen}. Es wartet kein Auftrag.", f"{start} Neue Aufträge bleiben sonst liegen."
    )


def _examine_queue(facts: Facts) -> Finding:
    name = "Wartende Aufträge"
    waiting = [job for job in facts.open_jobs if job.state is JobState.QUEUED]
    running = len(facts.open_jobs) - len(waiting)
    found = " · ".join(
        part for part in (f"{running} läuft" if running else "", f"{len(waiting)} wartend" if waiting else "") if part
    )
    if not waiting:
        return Finding(name, Level.GOOD, found or "keine")
    age = facts.now - waiting[0].created_at
    found = f"{found}, der älteste {tell_wait(age)}"
    if facts.worker.is_there is False:
        return Finding(name, Level.ACT, found, "Der Arbeitsprozess muss laufen, siehe dort.")
    if age > PATIENCE and not running:
        advice = (
            "Wahrscheinlich schreibt gerade „ingest“ oder „watch“ in die Wissensbasis; danach geht es von selbst weiter. "
            "Sonst bitte den Betreiber das Protokoll des Arbeitsprozesses prüfen lassen."
        )
        return Finding(name, Level.WATCH, found, advice)
    return Finding(name, Level.GOOD, found)


def _examine_failures(facts: Facts) -> Finding:
    name, count = "Gescheiterte Aufträge", facts.failed_jobs
    if not count:
        return Finding(name, Level.GOOD, "keine in den letzten sieben Tagen, die nicht danach gelungen sind")
    found = f"{german_number(count)} in den letzten sieben Tagen, {'der' if count == 1 else 'die'} noch nicht nachgeholt"
    advice = (
        "Unter „Aufträge“ steht, woran es lag und was jetzt zu tun ist. Der Hinweis verschwindet, sobald ein späterer Auftrag "
        "zur selben Datei oder zum selben Dokument gelungen ist, spätestens nach sieben Tagen."
    )
    return Finding(name, Level.WATCH, f"{found} {'ist' if count == 1 else 'sind'}", advice)


def _examine_files(facts: Facts) -> Finding:
    name, count = "Nicht aufgenommene Dateien in den Ordnern", facts.refused_files
    if not count:
        return Finding(name, Level.GOOD, "keine")
    found = "1 Datei" if count == 1 else f"{german_number(count)} Dateien"
    return Finding(name, Level.WATCH, found, "Welche und warum, steht unten. Was vorher galt, gilt weiter.")


def _examine_disk(facts: Facts) -> Finding:
    name, free = "Speicherplatz", facts.free
    size = "" if facts.size is None else f", die Wissensbasis belegt {tell_bytes(facts.size)}"
    if free is None:
        return Finding(name, Level.WATCH, f"wie viel frei ist, verrät das System nicht{size}", "Bitte den Betreiber fragen.")
    found = f"{tell_bytes(free)} frei{size}"
    if free < KEPT_FREE:
        advice = "Hochladen geht nicht mehr, neue Stände gelingen vielleicht nicht. Bitte den Betreiber Platz schaffen lassen."
        return Finding(name, Level.ACT, found, advice)
    if free < max(SCARCE, facts.size or 0):
        advice = "Alles neu zu lesen kann noch einmal so viel brauchen, wie schon belegt ist. Bitte rechtzeitig Platz schaffen."
        return Finding(name, Level.WATCH, found, advice)
    return Finding(name, Level.GOOD, found)


def _examine_address(facts: Facts) -> Finding:
    name = "Verschlüsselte Verbindung"
    if facts.is_secure:
        return Finding(name, Level.GOOD, "die öffentliche Adresse beginnt mit https://")
    advice = (
        "Ist der Dienst über TLS zu erreichen, bitte den Betreiber CHANGE_WISSEN_PUBLIC_URL auf seine Adresse mit https:// "
        "setzen lassen: Erst dann schickt kein Browser das Cookie der Anmeldung unverschlüsselt mit."
    )
    return Finding(name, Level.WATCH, "eine öffentliche Adresse mit https:// ist nicht eingestellt", advice)


def _examine_keys(facts: Facts) -> Iterable[Finding]:
    today = facts.now.date()
    ending = [
        key
        for key in facts.keys
        if key.revoked_at is None and key.expires is not None and today <= key.expires <= (today + EXPIRES_SOON)
    ]
    if ending:
        found = "; ".join(f"„{key.name}“ gilt bis {german_date(key.expires)}" for key in ending if key.expires)
        yield Finding("Schlüssel", Level.WATCH, found, "Bitte beim Betreiber rechtzeitig einen neuen anfordern.")
