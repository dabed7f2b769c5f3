"""Imprint, privacy page and accessibility statement: what the operator states, what is missing, what the program does."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search_service.access import SearchAccess
from search_service.api import create_app
from search_service.desk.gaps import HIDDEN_DAYS, SHOWN_DAYS, K
from search_service.desk.opening import open_desk
from search_service.errors import InvalidSettings
from search_service.language import Language
from search_service.operator_details import (
    Accessibility,
    Conformance,
    Imprint,
    Operator,
    Privacy,
    load_operator,
    parse_operator,
)
from search_service.searcher import Searcher
from search_service.site.interface_texts import load_texts
from search_service.site.legal_view import view_accessibility, view_imprint, view_privacy
from tests.search_service.page_reader import BROWSER, read, text

ROOT = Path(__file__).parents[2]
PATHS = ("/impressum", "/datenschutz", "/barrierefreiheit")
UNFILLED = "Diese Angaben hat der Betreiber noch nicht hinterlegt."
STATED = '''
[imprint]
name = "Muster & Söhne <b>"
legal_form = "GmbH"
representatives = ["Erika Muster", "Max Muster"]
street = "Hafenstr. 1"
town = "44147 Dortmund"
mail = "post@muster.example"
phone = "+49 231 12-345"
register = "Amtsgericht Dortmund"
register_number = "HRB 1"
vat_id = "DE 999"
responsible = "Erika Muster, Anschrift wie oben"
paragraphs = ["Wir nehmen an keiner Schlichtung teil.\\nZweite Zeile."]

[privacy]
legal_basis = "Art. 6 Abs. 1 Buchst. f DSGVO"
data_protection_officer = "datenschutz@muster.example"
supervisory_authority = """
Landesbeauftragte
Kavalleriestr. 2"""
hosting = "Rechenzentrum Süd"
log_days = 14
server_logs = "Ein Webserver davor schreibt Adressen für drei Tage mit."

[accessibility]
law = "§ 12b BGG, BITV 2.0"
status = "teilweise"
barriers = ["Manche PDF sind reine Bilder."]
stated_on = 2026-03-31
method = "Selbstbewertung"
contact = "barrieren@muster.example"
enforcement = "Schlichtungsstelle, Berlin"
'''


def client_for(searcher: Searcher, **options: object) -> TestClient:
    return TestClient(create_app(searcher, **options), headers=BROWSER)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stating(searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with a desk whose operator states everything."""
    desk = open_desk(tmp_path_factory.mktemp("desk"), 1)
    with client_for(searcher, operator=parse_operator(STATED, "betreiber.toml"), desk=desk) as client:
        yield client


# --- The file ---------------------------------------------------------------------------------------------------------


def test_a_file_is_read_entry_by_entry():
    operator = parse_operator(STATED, "betreiber.toml")
    assert operator.imprint.representatives == ("Erika Muster", "Max Muster")
    assert operator.privacy.log_days == 14
    assert operator.privacy.supervisory_authority == "Landesbeauftragte\nKavalleriestr. 2"
    assert operator.accessibility.status is Conformance.PARTIAL
    assert operator.accessibility.stated_on == date(2026, 3, 31)


def test_the_template_states_nothing_and_names_every_entry_once():
    path = ROOT / "docs/betreiber.toml"
    assert load_operator(path) == Operator()
    lines = re.findall(r"^(?:# )?([a-z_]+) = ", path.read_text("utf-8"), re.MULTILINE)
    assert lines == [field.name for kind in (Imprint, Privacy, Accessibility) for field in dataclasses.fields(kind)]
    filled = re.sub(r"^# (log_days|stated_on)", r"\1", path.read_text("utf-8"), flags=re.MULTILINE)
    assert set(tomllib.loads(filled)) == {field.name for field in dataclasses.fields(Operator)}
    assert parse_operator(filled, "x").privacy.log_days == 14


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[imprnt]\nname = 'x'", "Den Abschnitt „imprnt“ gibt es nicht. Gemeint ist vielleicht „imprint“."),
        ("[imprint]\nnmae = 'x'", "In [imprint] die Angabe „nmae“ gibt es nicht. Gemeint ist vielleicht „name“."),
        ("[privacy]\nxyzxyz = 'x'", "Bekannt sind: legal_basis, "),
        ("imprint = 'x'", "Bitte die Zeile durch [imprint] ersetzen."),
        ("[imprint]\nname = 7", "„imprint.name“ muss ein Text in Anführungszeichen sein."),
        ("[imprint]\nname = 'x\\u0000'".replace("'", '"'), "Steuerzeichen"),
        ("[imprint]\nname = '" + "x" * 5001 + "'", "mehr als 5000 Zeichen"),
        ("[imprint]\nrepresentatives = 'x'", "eine Liste"),
        ("[imprint]\nmail = 'post(at)muster.example'", "keine E-Mail-Adresse"),
        ("[imprint]\nphone = 'ruf an'", "keine Telefonnummer"),
        ("[privacy]\nlog_days = '14'", "zwischen 0 und 3650"),
        ("[privacy]\nlog_days = true", "zwischen 0 und 3650"),
        ("[privacy]\nlog_days = -1", "zwischen 0 und 3650"),
        ("[accessibility]\nstated_on = 'heute'", "muss ein Datum sein"),
        ("[accessibility]\nstated_on = 2026-03-31T10:00:00", "muss ein Datum sein"),
        ("[accessibility]\nstatus = 'fast'", "kennt „vollständig“, „teilweise“, „nicht“"),
        ("[accessibility]\nstatus = 'vollständig'\nbarriers = ['x']", "nennt „accessibility.barriers“ Barrieren"),
        ("[imprint]\nname = Muster", "Zeile 2 von „betreiber.toml“ ist kein gültiges TOML"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cure(content: str, told: str):
    with pytest.raises(InvalidSettings) as refusal:
        parse_operator(content, "betreiber.toml")
    assert told in str(refusal.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    with pytest.raises(InvalidSettings, match="CHANGE_WISSEN_OPERATOR prüfen"):
        load_operator(tmp_path / "fehlt.toml")
    (tmp_path / "latin.toml").write_bytes("name = 'Müller'".encode("latin-1"))
    with pytest.raises(InvalidSettings, match="UTF-8"):
        load_operator(tmp_path / "latin.toml")


# --- What is missing ----------------------------------------------------------------------------------------------------


def test_of_an_empty_file_everything_that_is_needed_is_missing():
    imprint, privacy, accessibility = (view(Operator()) for view in (view_imprint, view_privacy, view_accessibility))
    assert imprint.gaps.missing == ("Name", "Straße und Hausnummer", "Postleitzahl und Ort", "E-Mail-Adresse")
    assert "Aufbewahrung der Protokolle" in privacy.gaps.missing
    assert "Stand der Vereinbarkeit" in accessibility.gaps.missing
    assert imprint.gaps.is_empty and privacy.gaps.is_empty and accessibility.gaps.is_empty


@pytest.mark.parametrize(
    ("imprint", "missing"),
    [
        (Imprint("A", street="B", town="C", mail="d@e.f"), ()),
        (Imprint("A", "GmbH", street="B", town="C", mail="d@e.f"), ("Vertretungsberechtigte",)),
        (Imprint("A", "", ("P",), "B", "C", "d@e.f"), ("Rechtsform",)),
        (Imprint("A", street="B", town="C", mail="d@e.f", register="R"), ("Registernummer",)),
        (Imprint("A", street="B", town="C", mail="d@e.f", register_number="1"), ("Register",)),
    ],
)
def test_who_states_one_half_is_told_of_the_other(imprint: Imprint, missing: tuple[str, ...]):
    assert view_imprint(Operator(imprint)).gaps.missing == missing


def test_who_is_not_fully_accessible_must_say_where():
    complete = parse_operator(STATED, "x").accessibility
    assert view_accessibility(Operator(accessibility=complete)).gaps.missing == ()
    silent = dataclasses.replace(complete, barriers=())
    assert view_accessibility(Operator(accessibility=silent)).gaps.missing == ("Nicht barrierefreie Inhalte",)


def test_logs_kept_for_no_day_are_a_statement_too():
    assert "Aufbewahrung der Protokolle" not in view_privacy(Operator(privacy=Privacy(log_days=0))).gaps.missing


# --- The pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_unfilled_pages_say_so_name_the_cure_and_make_nothing_up(client, path):
    page = read(client, path)
    assert UNFILLED in text(page)
    assert "CHANGE_WISSEN_OPERATOR" in text(page)
    assert not page.xpath("//dd | //a[starts-with(@href, 'mailto:') or starts-with(@href, 'tel:')]")
    assert page.xpath(f"//footer//a[@href='{path}']/@aria-current") == ["page"]
    assert client.head(path).status_code == 200


def test_the_imprint_shows_what_is_stated_and_escapes_it(stating):
    page = read(stating, "/impressum")
    told = text(page)
    for stated in ("§ 5 Digitale-Dienste-Gesetz", "Muster & Söhne <b>, GmbH", "Hafenstr. 1", "Erika MusterMax Muster", "HRB 1",
                   "DE 999", "§ 18 Abs. 2 MStV", "Wir nehmen an keiner Schlichtung teil."):  # fmt: skip
        assert stated in told
    assert page.xpath("//main//a/@href") == ["mailto:post@muster.example", "tel:+4923112345"]
    assert UNFILLED not in told
    assert not page.xpath("//main//*[@class='status']")


def test_the_privacy_page_tells_what_the_program_does(stating):
    told = text(read(stating, "/datenschutz"))
    for stated in ("weder gespeichert noch protokolliert", "Rechenzentrum Süd", "nach 14 Tagen gelöscht", "drei Tage mit",
                   "Kavalleriestr. 2",
                   "Art. 6 Abs. 1 Buchst. f DSGVO", "§ 25 Abs. 2 Nr. 2 TDDDG", "localStorage", "„sprache“ für ein Jahr",
                   "„window.name“", "„sprache=einfach“ schon enthält, setzt kein Cookie", "Ab dem dritten Zeichen",
                   "auch in der Adresse der Quelle",
                   f"{HIDDEN_DAYS} Tage nach", "fünf verschiedenen"):  # fmt: skip
        assert stated in told
    assert (K, SHOWN_DAYS) == (5, 365)  # the texts say „fünf“ and „ein Jahr“
    assert UNFILLED not in told


def test_a_service_without_a_desk_tells_nothing_of_gaps_and_signing_in(client):
    page = read(client, "/datenschutz")
    assert not page.xpath("//*[@id='luecken']")
    assert "Anmeldung der Redaktion" not in text(page)


def test_the_accessibility_statement_follows_the_model(stating):
    page = read(stating, "/barrierefreiheit")
    assert [text(heading) for heading in page.xpath("//h2")] == [
        "Stand der Vereinbarkeit mit den Anforderungen", "Nicht barrierefreie Inhalte", "Erstellung dieser Erklärung",
        "Rückmeldung und Kontakt", "Durchsetzungsverfahren",
    ]  # fmt: skip
    for stated in ("teilweise vereinbar", "BITV 2.0", "Manche PDF sind reine Bilder.", "31. März 2026", "Selbstbewertung",
                   "barrieren@muster.example", "Schlichtungsstelle, Berlin"):  # fmt: skip
        assert stated in text(page)


def test_every_page_reads_in_plain_language_too(stating):
    easy = load_texts()[Language.EASY]["legal"]
    for path, name in zip(PATHS, ("imprint_lead", "privacy_lead", "accessibility_lead"), strict=True):
        assert easy[name] in text(read(stating, path, sprache="einfach"))
    assert "Auch diesen Text speichern wir nicht." in text(read(stating, "/datenschutz", sprache="einfach"))


def test_the_pages_ask_for_no_key(searcher, tmp_path):
    with client_for(searcher, desk=open_desk(tmp_path, 1), search_access=SearchAccess.KEY) as client:
        assert [client.get(path).status_code for path in (*PATHS, "/hilfe", "/suche?q=x")] == [200, 200, 200, 200, 401]
