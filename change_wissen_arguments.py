"""The arguments of the command line, in German. Imports nothing heavy, so that `--help` answers at once."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from pathlib import Path

MAX_HITS = 100  # search_service.queries.MAX_PAGE_SIZE
MAX_PORT = 65_535
_MODES = ("lexical", "semantic", "hybrid")
_GROUPINGS = ("spread", "document", "none")  # search_service.queries.Grouping
_SCOPES = ("search", "admin")  # search_service.desk.keys.Scope
# argparse speaks English unless told otherwise; these are the sentences it can say here.
_GERMAN = {
    "usage: ": "Aufruf: ",
    "positional arguments": "Argumente",
    "options": "Optionen",
    "show this help message and exit": "diese Hilfe zeigen",
    "the following arguments are required: %s": "es fehlt: %s",
    "unrecognized arguments: %s": "unbekannt: %s",
    "expected one argument": "hier fehlt ein Wert",
    "expected at least one argument": "hier fehlt mindestens ein Wert",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "„%(value)s“ gibt es nicht (möglich: %(choices)s)",
    "invalid %(type)s value: %(value)r": "„%(value)s“ ist keine ganze Zahl",  # the only type here that can fail is int
    "not allowed with argument %s": "geht nicht zusammen mit %s",
    "ignored explicit argument %r": "der Wert %r gehört hier nicht hin",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s ist nicht eindeutig (möglich: %(matches)s)",
    "%(prog)s: error: %(message)s\n": "%(prog)s: Fehler: %(message)s\n",
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, in German."""
    setattr(argparse, "_", lambda text: _GERMAN.get(text, text))  # argparse has no other way to choose a language
    parser = argparse.ArgumentParser(
        prog="change-wissen",
        description="Wissenssuche des Zukunfts-HUB: Dokumente aufnehmen, durchsuchen und die Suche als Dienst anbieten.",
        epilog="Beispiel: change-wissen ingest corpus --kb wissensbasis && change-wissen search „Pausen“ --kb wissensbasis",
    )
    commands = parser.add_subparsers(title="Befehle", metavar="BEFEHL", required=True)

    _add_intake(commands)
    search = commands.add_parser("search", help="eine Frage an die Wissensbasis stellen")
    search.add_argument("question", metavar="FRAGE", help="Frage oder Stichwörter, in Anführungszeichen")
    _add_kb(search)
    search.add_argument("--mode", default="hybrid", metavar="ART", help=f"Suchart: {', '.join(_MODES)} (sonst hybrid)")
    example = "einschränken, z. B. collection=wissen oder year=2024..; mehrfach möglich"
    search.add_argument("--filter", action="append", default=[], metavar="FELD=WERT", help=example)
    search.add_argument(
        "--limit", type=_hits, default=10, metavar="N", help=f"höchstens so viele Treffer (sonst 10, bis {MAX_HITS})"
    )
    grouping = "Textstellen je Dokument: spread (höchstens zwei), document (die beste) oder none (alle); sonst spread"
    search.add_argument("--group-by", default="spread", choices=_GROUPINGS, metavar="ART", help=grouping)
    search.add_argument("--verbatim", action="store_true", help="suchen, wie geschrieben ist, ohne Korrektur von Vertippern")
    _add_json(search)
    search.set_defaults(command="search")

    serve = commands.add_parser("serve", help="Schnittstelle und Suchseite anbieten")
    _add_kb(serve)
    serve.add_argument("--host", metavar="ADRESSE", help="Adresse, auf der gelauscht wird (sonst 127.0.0.1)")
    serve.add_argument("--port", type=_port, metavar="PORT", help="Port (sonst 8000)")
    serve.set_defaults(command="serve")

    work = commands.add_parser("work", help="Aufträge der Redaktion ausführen: hochgeladene Dateien aufnehmen, zurückziehen …")
    _add_kb(work)
    _add_passwords(work)
    work.add_argument("--once", action="store_true", help="enden, wenn kein Auftrag mehr wartet (sonst läuft er weiter)")
    work.set_defaults(command="work")

    _add_measures(commands)
    status = commands.add_parser("status", help="Stand der Wissensbasis zeigen")
    _add_kb(status)
    _add_json(status)
    status.set_defaults(command="status")

    model = commands.add_parser("model", help="das Sprachmodell einrichten und prüfen")
    actions = model.add_subparsers(title="Befehle", metavar="BEFEHL", required=True)
    actions.add_parser("prepare", help="das mitgelieferte Modell einrichten").set_defaults(command="model_prepare")
    actions.add_parser("verify", help="die Prüfsummen des Modells nachrechnen").set_defaults(command="model_verify")
    actions.add_parser("show", help="Name, Maße und Ordner des Modells zeigen").set_defaults(command="model_show")
    _add_keys(commands)
    return parser


def _add_keys(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    keys = commands.add_parser("keys", help="Schlüssel für Verwaltung und Suche anlegen, zeigen und sperren")
    actions = keys.add_subparsers(title="Befehle", metavar="BEFEHL", required=True)
    create = actions.add_parser("create", help="einen Schlüssel anlegen; er wird nur einmal gezeigt")
    create.add_argument("name", metavar="NAME", help="wem der Schlüssel gehört, z. B. „Redaktion“")
    scopes = "wofür er gilt: search (Suche) oder admin (Verwaltung und Suche)"
    create.add_argument("--scope", required=True, choices=_SCOPES, metavar="RECHT", help=scopes)
    create.add_argument("--expires", type=_day, metavar="TAG", help="letzter Tag, an dem er gilt, z. B. 2027-12-31")
    _add_kb(create)
    create.set_defaults(command="keys_create")
    listing = actions.add_parser("list", help="alle Schlüssel mit Kennung, Recht und letzter Benutzung zeigen")
    _add_kb(listing)
    _add_json(listing)
    listing.set_defaults(command="keys_list")
    revoke = actions.add_parser("revoke", help="einen Schlüssel sperren")
    revoke.add_argument("id", metavar="KENNUNG", help="Kennung, wie keys list sie zeigt")
    _add_kb(revoke)
    revoke.set_defaults(command="keys_revoke")


def _add_intake(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ingest = commands.add_parser("ingest", help="Dateien und Ordner in die Wissensbasis aufnehmen")
    ingest.add_argument("paths", nargs="*", type=Path, metavar="PFAD", help="Dateien oder Ordner (mit Unterordnern)")
    _add_kb(ingest)
    ingest.add_argument(
        "--urls", type=Path, metavar="DATEI", help="Dokumente laden, deren Adressen in DATEI stehen, je Zeile eine"
    )
    ingest.add_argument("--sitemap", metavar="ADRESSE", help="Dokumente laden, die eine Sitemap nennt")
    ingest.add_argument("--oai", metavar="ADRESSE", help="Dokumente eines Repositoriums laden (Schnittstelle OAI-PMH)")
    ingest.add_argument("--oai-set", metavar="NAME", help="nur diese Teilmenge des Repositoriums")
    ingest.add_argument("--oai-from", metavar="TAG", help="nur, was sich seit diesem Tag (2026-01-31) geändert hat")
    ingest.add_argument("--allow-private", action="store_true", help="auch Adressen im eigenen Netz laden")
    ingest.add_argument("--report", type=Path, metavar="DATEI", help="Bericht zusätzlich als JSON-Datei schreiben")
    ingest.add_argument("--prune", action="store_true", help="Dokumente löschen, deren Datei unter PFAD verschwunden ist")
    ingest.add_argument("--reread", action="store_true", help="auch unveränderte Dateien neu lesen")
    _add_passwords(ingest)
    ingest.add_argument("--reembed", action="store_true", help="alles mit dem eingestellten Modell neu einbetten")
    ingest.set_defaults(command="ingest")

    watch = commands.add_parser("watch", help="Ordner beobachten und aufnehmen, was sich ändert")
    watch.add_argument("paths", nargs="+", type=Path, metavar="PFAD", help="Ordner (mit Unterordnern)")
    _add_kb(watch)
    _add_passwords(watch)
    poll = "spätestens alle N Sekunden nachsehen, denn Netzlaufwerke melden nichts (sonst 60)"
    watch.add_argument("--poll", type=_positive, default=60, metavar="N", help=poll)
    watch.set_defaults(command="watch")

    extract = commands.add_parser("extract", help="zeigen, welchen Text die Aufnahme in einer Datei sieht")
    extract.add_argument("file", type=Path, metavar="DATEI", help="ein Dokument")
    _add_passwords(extract)
    _add_json(extract)
    extract.set_defaults(command="extract")


def _add_measures(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    evaluate = commands.add_parser("evaluate", help="die Güte der Suche an bewerteten Fragen messen")
    sets = "Sätze mit queries.jsonl, qrels.tsv und corpus.jsonl oder Dokumenten (mit --gate sonst corpus)"
    evaluate.add_argument("folders", nargs="*", type=Path, metavar="ORDNER", help=sets)
    evaluate.add_argument("--mode", action="append", choices=_MODES, metavar="ART", help="nur diese Suchart; mehrfach möglich")
    words = "Textstellen mit höchstens so vielen Wörtern (sonst 180)"
    evaluate.add_argument("--words", type=_positive, metavar="N", help=words)
    every = "nur jedes N-te Dokument und die Fragen dazu"
    evaluate.add_argument("--every", type=_positive, default=1, metavar="N", help=every)
    ablation = "auch messen, was fehlt, wenn je ein Teil der Rangfolge ausgeschaltet ist"
    evaluate.add_argument("--ablation", action="store_true", help=ablation)
    evaluate.add_argument("--runs", type=Path, metavar="ORDNER", help="Ranglisten als TREC-Dateien in ORDNER schreiben")
    evaluate.add_argument("--chart", type=Path, metavar="DATEI", help="Schaubild als SVG-Datei schreiben")
    pages = "quality.md, quality.svg und quality.json in ORDNER schreiben"
    evaluate.add_argument("--write", type=Path, metavar="ORDNER", help=pages)
    sightings = "Beobachtungen, an denen die Passung angepasst wird, in DATEI schreiben"
    evaluate.add_argument("--sightings", type=Path, metavar="DATEI", help=sightings)
    gate = evaluate.add_mutually_exclusive_group()
    gate.add_argument("--gate", action="store_true", help="Untergrenzen prüfen; Ende mit 1, wenn eine verfehlt ist")
    gate.add_argument("--renew-gate", action="store_true", help="Untergrenzen knapp unter dem Gemessenen neu festlegen")
    floors = "Datei mit den Untergrenzen (sonst die des Programms)"
    evaluate.add_argument("--floors", type=Path, metavar="DATEI", help=floors)
    _add_json(evaluate)
    evaluate.set_defaults(command="evaluate")

    latency = commands.add_parser("latency", help="messen, wie lange eine Suche dauert")
    _add_kb(latency)
    latency.add_argument("--queries", type=Path, required=True, metavar="DATEI", help="Fragen als queries.jsonl")
    latency.add_argument("--limit", type=_positive, default=200, metavar="N", help="so viele Fragen (sonst 200)")
    replicate = "an einer Kopie messen, die auf mindestens N Textstellen vervielfältigt ist"
    latency.add_argument("--replicate", type=_positive, metavar="N", help=replicate)
    _add_json(latency)
    latency.set_defaults(command="latency")


def _positive(text: str) -> int:
    return _number(text, 1, sys.maxsize, "keine ganze Zahl ab 1")


def _hits(text: str) -> int:
    return _number(text, 1, MAX_HITS, f"keine ganze Zahl von 1 bis {MAX_HITS}")


def _port(text: str) -> int:
    return _number(text, 0, MAX_PORT, f"kein Port (0 bis {MAX_PORT})")


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # a day, not a moment
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"„{text}“ ist kein Tag wie 2027-12-31") from error


def _number(text: str, least: int, most: int, complaint: str) -> int:
    # more than 18 digits are no number anyone means, and int() refuses thousands of them
    if not text.isdecimal() or len(text) > 18 or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"„{text}“ ist {complaint}")
    return int(text)


def _add_kb(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kb", type=Path, metavar="ORDNER", help="Ordner der Wissensbasis (sonst CHANGE_WISSEN_KB)")


def _add_passwords(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-file", type=Path, metavar="DATEI", help="Passwörter für geschützte Dateien, je Zeile eines")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="Ausgabe als JSON")
