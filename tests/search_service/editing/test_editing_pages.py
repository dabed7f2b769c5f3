"""Every page of editors without scripts: what it shows, what its forms order, and how often."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape

import pytest

from search_service.desk.jobs import JobKind, JobState
from search_service.documents import Document, Suggestion
from search_service.knowledge_base.store import KnowledgeBase
from search_service.library import Library
from search_service.searcher import Searcher
from search_service.site.editing import overview_pages
from tests.search_service.editing.newsroom import Newsroom, open_newsroom
from tests.search_service.small_library import CASE, DOCUMENTS, GUIDE, TEXT, build_library

ONE = f"/dokumente/{GUIDE}"
UNKNOWN = "/dokumente/d00000000000000ff"
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    root = tmp_path_factory.mktemp("library")
    searcher: Searcher = build_library(root)
    with KnowledgeBase(root / "kb") as knowledge_base:  # the second state, in which one document is withdrawn
        knowledge_base.withdraw(TEXT, f"Überholt {HOSTILE}")
        knowledge_base.publish()
    with open_newsroom(searcher, root / "kb") as room:
        room.sign_in()
        yield room


@pytest.fixture(autouse=True)
def done(room: Newsroom) -> Iterator[None]:
    """Leave no job open: while one is, only the worker knows what there is."""
    yield
    for job in room.desk.jobs.list_open():
        room.desk.jobs.finish(job.id, JobState.DONE, "Erledigt.")


def test_the_overview_counts_and_leads_on(room: Newsroom) -> None:
    room.order("/neu-lesen")
    page = room.page("")
    assert f">{DOCUMENTS - 1}</a>" in page
    assert "Offene Aufträge (1)" in page
    assert "Suchindex 2" in page
    for path in ("/hochladen", "/auftraege", "/dokumente", "/zurueckgezogen", "/luecken", "/staende", "/gesundheit"):
        assert f'href="/pflege{path}"' in page
        assert f'href="/pflege{path}" aria-current="page"' in room.page(path)


def test_documents_are_listed_found_by_their_names_and_paged(room: Newsroom) -> None:
    assert room.page("/dokumente").count('class="row-title"') == DOCUMENTS - 1
    found = room.page("/dokumente?titel=schichtPLANUNG+merkblatt&folge=jahr")
    assert found.count('class="row-title"') == 14
    assert found.index("Merkblatt 14") < found.index("Merkblatt 2:")
    assert "1 Dokument mit „zukunfts-hub ruhr ki_leitfaden“" not in found
    assert room.page(f"/dokumente?titel={GUIDE}").count('class="row-title"') == 1
    assert "Kein Dokument passt" in room.page("/dokumente?titel=Quastenflosser")
    for odd in (
        "seite=0",
        "seite=-1",
        "seite=9999999999",
        "seite=x",
        "folge=x",
        f"titel={'x' * 2000}",
        "titel=%00%ff%f0%9f%98%80",
    ):
        room.page(f"/dokumente?{odd}")
    assert "Auf dieser Seite steht nichts mehr" in room.page("/dokumente?seite=99")


def test_titles_and_reasons_are_text_and_never_markup(room: Newsroom) -> None:
    for path in (
        "/dokumente",
        f"/dokumente/{CASE}",
        f"/dokumente/{CASE}/zurueckziehen",
        "/zurueckgezogen",
        f"/dokumente/{TEXT}",
    ):
        raw = room.client.get(f"/pflege{path}").text
        assert "<script>alert" not in raw
        assert "<img src=x" not in raw
    assert escape(HOSTILE, quote=False).split()[0] in room.client.get("/pflege/zurueckgezogen").text


def test_a_changed_field_is_ordered_and_an_unchanged_form_is_not(room: Newsroom) -> None:
    fields = read_form(room, ONE)
    assert fields["title"] == ["Leitfaden Künstliche Intelligenz im Betrieb"]
    assert fields["topics"] == ["mitbestimmung", "ki"]
    before = len(room.desk.jobs.list(1000))
    answer = room.send(ONE, **fields)
    assert answer.status_code == 200
    assert "Es wurde nichts geändert" in answer.text
    assert len(room.desk.jobs.list(1000)) == before
    job = room.order(ONE, **{**fields, "title": HOSTILE, "year": "", "topics": ["ki"]})
    assert (job.kind, job.document_id) == (JobKind.EDIT, GUIDE)
    assert job.metadata == {"title": HOSTILE, "year": None, "topics": ["ki"]}
    assert "noch nicht alles getan" in room.page(ONE)


def test_suggestions_are_shown_entered_on_request_and_ordered_like_what_was_typed(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Library.document

    def suggest(library: Library, document_id: str) -> Document:
        document = found(library, document_id)
        suggestions = (Suggestion("type", "funding", 0.68), Suggestion("topics", "prozesse", 0.78))
        return replace(document, metadata=replace(document.metadata, type=None, topics=(), suggestions=suggestions))

    monkeypatch.setattr(Library, "document", suggest)
    assert "Art: Förderung (68 %)\u00a0· Thema: Digitale Prozesse (78 %)" in room.page(ONE)
    assert "topics" not in read_form(room, ONE)
    link = re.search(r'<a href="/pflege(\S+?)#angaben">Vorschläge unten eintragen', room.page(ONE))[1]
    assert room.order(ONE, **read_form(room, link)).metadata == {"type": "funding", "topics": ["prozesse"]}


def test_what_others_changed_meanwhile_is_not_changed_back(room: Newsroom) -> None:
    fields = read_form(room, ONE)
    fields["vorher"] = [fields["vorher"][0].replace("Zukunfts-HUB Ruhr", "Alter Herausgeber")]
    fields["publisher"] = ["Alter Herausgeber"]  # as it was shown to who sends it
    assert room.order(ONE, **{**fields, "edition": "2"}).metadata == {"edition": 2}


def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(room: Newsroom) -> None:
    before = len(room.desk.jobs.list(1000))
    answer = room.send(ONE, **{**read_form(room, ONE), "year": "bald", "publisher": HOSTILE, "note": "bleibt"})
    assert answer.status_code == 422
    assert 'value="bald"' in answer.text
    assert f'value="{escape(HOSTILE).replace("&quot;", "&#34;")}"' in answer.text
    assert "bleibt</textarea>" in answer.text
    assert 'aria-describedby="year-fehler year-hinweis" aria-invalid="true"' in answer.text
    assert '<a href="#year">Erscheinungsjahr</a>' in answer.text
    assert answer.text.count("<title>Fehler: ") == 1
    assert len(room.desk.jobs.list(1000)) == before


def test_a_form_that_is_sent_twice_orders_once_and_says_so(room: Newsroom) -> None:
    token = room.token(f"{ONE}/zurueckziehen")
    first = room.send(f"{ONE}/zurueckziehen", vorgang=token, grund="Überholt")
    second = room.send(f"{ONE}/zurueckziehen", vorgang=token, grund="Überholt")
    assert room.job_of(first).id == room.job_of(second).id
    assert "schon" not in first.headers["location"]
    assert "ein zweiter Auftrag wurde nicht angelegt" in room.client.get(second.headers["location"]).text
    assert [job.kind for job in room.desk.jobs.list_open()] == [JobKind.WITHDRAW]


def test_withdrawing_is_asked_about_first_and_takes_a_reason(room: Newsroom) -> None:
    asked = room.page(f"{ONE}/zurueckziehen")
    assert "zurückziehen?" in asked
    assert f'href="/pflege{ONE}">Doch nicht</a>' in asked
    long = room.send(f"{ONE}/zurueckziehen", grund="x" * 501)
    assert long.status_code == 422
    assert "zu lang" in long.text
    job = room.order(f"{ONE}/zurueckziehen", grund="  Die Richtlinie\nist ausgelaufen. ")
    assert (job.kind, dict(job.metadata)) == (JobKind.WITHDRAW, {"reason": "Die Richtlinie ist ausgelaufen."})
    assert dict(room.order(f"{ONE}/zurueckziehen", grund="").metadata) == {}


def test_a_withdrawn_document_can_be_brought_back_and_not_be_withdrawn_again(room: Newsroom) -> None:
    assert "Überholt" in room.page("/zurueckgezogen")
    assert "ist zurückgezogen" in room.page(f"/dokumente/{TEXT}")
    assert "Nach dem Wiederherstellen ist es genau wie vorher" in room.page(f"/dokumente/{TEXT}")
    room.page(f"/dokumente/{TEXT}/zurueckziehen", 410)
    job = room.order(f"/dokumente/{TEXT}/wiederherstellen")
    assert (job.kind, job.document_id) == (JobKind.RESTORE, TEXT)
    title = re.search(r"Wird wiederhergestellt<span class=\"unseen\">: (.*?)</span>", room.page("/zurueckgezogen"))[1]
    assert f"<h1>Wiederherstellen: „{title}“</h1>" in room.page(f"/auftraege/{job.id}")
    room.desk.jobs.finish(job.id, JobState.FAILED, "Misslungen.")
    again = re.search(rf'action="/pflege(/dokumente/{TEXT}/wiederherstellen)"', room.page("/zurueckgezogen"))[1]
    assert room.order(again, vorgang=room.token("/zurueckgezogen")).kind is JobKind.RESTORE


def test_states_are_listed_published_and_rolled_back_to(room: Newsroom) -> None:
    page = room.page("/staende")
    assert page.index("Suchindex 2") < page.index("Suchindex 1")
    assert page.count("antwortet</span>") == 1
    assert "Zurück zu Suchindex 1?" in room.page("/staende/1")
    job = room.order("/staende/1")
    assert (job.kind, job.generation) == (JobKind.ROLL_BACK, 1)
    assert room.order("/staende/veroeffentlichen").kind is JobKind.PUBLISH
    assert "Stunden dauern" in room.page("/neu-lesen")
    assert room.order("/neu-lesen").kind is JobKind.REINDEX


@pytest.mark.parametrize(
    "path",
    [UNKNOWN, f"{UNKNOWN}/zurueckziehen", "/staende/77", "/staende/x", "/auftraege/j0", "/auftraege/j0/stand", "/nichts"],
)
def test_what_there_is_not_is_a_page_that_says_so(room: Newsroom, path: str) -> None:
    room.page(path, 404)


@pytest.mark.parametrize(
    "path", [UNKNOWN, f"{UNKNOWN}/wiederherstellen", f"{UNKNOWN}/zurueckziehen", f"{UNKNOWN}/datei", "/staende/77"]
)
def test_nothing_is_ordered_for_what_there_is_not(room: Newsroom, path: str) -> None:
    assert room.send(path, title="x").status_code == 404


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"&".join(b"topics=%d" % number for number in range(2000))),
        ("application/x-www-form-urlencoded", b"grund=%ff%00%ed%a0%80&%00=&=="),
        ("application/json", b"{"),
        ("text/plain", b"grund=x"),
        ("multipart/form-data", b"x"),
    ],
)
def test_odd_bodies_are_harmless(room: Newsroom, kind: str, body: bytes) -> None:
    for path in (ONE, f"{ONE}/zurueckziehen", f"{ONE}/datei", "/hochladen", "/anmelden"):
        answer = room.client.post(f"/pflege{path}", content=body, headers={"content-type": kind}, follow_redirects=False)
        assert answer.status_code < 500, path


def test_gaps_are_words_with_the_reason_why_there_are_no_more(room: Newsroom) -> None:
    assert "Noch kein Wort" in room.page("/luecken")
    for client in range(5):
        room.desk.gaps.listen("Gibt es eine Mondbasis?", f"192.0.2.{client}")
    room.desk.gaps.listen("Einzelfall", "192.0.2.9")
    room.desk.gaps.flush()
    page = room.page("/luecken")
    assert "mondbasis" in page
    assert "einzelfall" not in page
    assert "5 oder mehr Suchende an einem Tag" in page
    assert "soll niemand lesen" in page


def read_form(room: Newsroom, path: str) -> dict[str, list[str]]:
    """Return what a browser would send of the form of metadata on a page, unchanged."""
    form = room.page(path).split("data-once>")[1].split("</form>")[0]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', form):
        sent.setdefault(name, []).append(value)
    for name, value in re.findall(r'<input id="(\w+)" name="\w+" type="\w+" value="(.*?)"', form):
        sent.setdefault(name, []).append(value)
    for name, value in re.findall(r'<textarea id="(\w+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        sent.setdefault(name, []).append(value)
    for name, value in re.findall(r'<input type="checkbox" name="(\w+)" value="([\w-]+)" checked', form):
        sent.setdefault(name, []).append(value)
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        sent.setdefault(name, []).extend(re.findall(r'value="(\w+)" selected', options))
    return sent


@pytest.mark.parametrize("before", ['{"title": ["\\ud800"]}', '{"note": ["\\udfff"], "\\ud800": ["x"]}'])
def test_half_of_a_character_in_the_hidden_field_does_no_harm(room: Newsroom, before: str) -> None:
    assert room.send(ONE, vorher=before, title="x", year="abc").status_code == 422
    assert room.order(ONE, vorher=before, title="x").metadata == {"title": "x"}


ODD = ("%3Cscript%3Ealert(1)%3C/script%3E", "%00", "%ff", "%ed%a0%80", "x" * 5000, "%F0%9F%98%80", "..%2f..%2fetc", "a&{0}=b")


@pytest.mark.parametrize(
    "path",
    [f"{ONE}/zurueckziehen", "/zurueckgezogen", "/luecken", "/staende", "/staende/1", "/neu-lesen", "/gesundheit", ""],
)
def test_odd_parameters_never_break_a_page(room: Newsroom, path: str) -> None:
    for name in ("grund", "seite", "hinweis", "sprache", "vorgang", "%00"):
        for odd in ODD:
            answer = room.client.get(f"/pflege{path}?{name}={odd.format(name)}")
            assert answer.status_code in (200, 422), (name, odd)
            assert "<script>alert" not in answer.text
    room.client.cookies.delete("sprache")


def test_forms_of_two_documents_are_two_orders_though_their_token_is_the_same(room: Newsroom) -> None:
    first, again, other = (
        room.order(f"/dokumente/{each}/zurueckziehen", vorgang="gleich", grund="Doppelt.") for each in (GUIDE, GUIDE, CASE)
    )
    assert (first.id, first.document_id, other.document_id) == (again.id, GUIDE, CASE)


def test_the_overview_measures_nothing_and_reads_no_reports(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(overview_pages.os, "walk", refuse)
    monkeypatch.setattr(type(room.desk.jobs), "list", refuse)
    room.page("")
