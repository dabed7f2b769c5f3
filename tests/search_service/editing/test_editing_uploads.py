"""Uploading on a page: a file and what is typed about it become a job, or are shown again with what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from search_service.desk.forms import MAX_TEXTS
from search_service.desk.inbox import Inbox
from search_service.desk.jobs import JobKind
from search_service.desk.opening import open_desk
from search_service.searcher import Searcher
from tests.search_service.editing.newsroom import Newsroom, open_newsroom
from tests.search_service.small_library import GUIDE

UPLOAD = "/pflege/hochladen"
TYPED = {
    "title": 'Über <b>"Schicht"</b>',
    "authors": "A. Ä\r\nB",
    "topics": ["ki", "datenschutz"],
    "year": "2025",
    "type": "guide",
}
MAX_FILE = 1_000_000


@pytest.fixture(scope="module")
def room(searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    root = tmp_path_factory.mktemp("kb")
    desk = replace(open_desk(root), inbox=Inbox(root, MAX_FILE, kept_free=0))
    with open_newsroom(searcher, root, desk) as room:
        room.sign_in()
        yield room


def upload(room: Newsroom, name: str | None, content: bytes = b"Text", path: str = UPLOAD, **typed: str | list[str]):
    """Send the form as a browser does: the texts first, then the file, without a name where none was chosen."""
    file = (name, content) if name is not None else ("", b"")
    parts = [
        (field, (None, value)) for field, values in typed.items() for value in ([values] if isinstance(values, str) else values)
    ]
    return room.client.post(path, files=[*parts, ("file", file)] if name is not None else parts, follow_redirects=False)


def lying(room: Newsroom) -> list[str]:
    return sorted(path.name for path in (room.desk.root / "inbox").rglob("*") if path.is_file())


def test_a_file_alone_becomes_a_job(room: Newsroom) -> None:
    job = room.job_of(upload(room, "../..\\Übergabe.pdf", b"%PDF-1.7"))
    assert (job.kind, job.file, dict(job.metadata)) == (JobKind.ADD, "Übergabe.pdf", {})
    assert room.desk.inbox.path(job.id, "Übergabe.pdf").read_bytes() == b"%PDF-1.7"


def test_what_was_typed_goes_along(room: Newsroom) -> None:
    job = room.job_of(upload(room, "a.txt", **TYPED, publisher="", note=" "))
    assert job.metadata == {
        "title": 'Über <b>"Schicht"</b>', "authors": ["A. Ä", "B"], "topics": ["ki", "datenschutz"],
        "year": 2025, "type": "guide",
    }  # fmt: skip


def test_a_form_sent_twice_uploads_once(room: Newsroom) -> None:
    token = room.token("/hochladen")
    first = room.job_of(upload(room, "zwei.txt", vorgang=token))
    files = lying(room)
    again = upload(room, "zwei.txt", vorgang=token)
    assert room.job_of(again).id == first.id
    assert again.headers["location"].endswith("?schon=1")
    assert lying(room) == files


@pytest.mark.parametrize(
    ("name", "content", "status", "told"),
    [
        (None, b"", 422, "Bitte eine Datei wählen."),
        ("leer.txt", b"", 422, "Datei ist leer"),
        ("virus.exe", b"MZ", 415, "werden nicht gelesen"),
        ('<img src=x onerror="alert(1)">', b"x", 415, "werden nicht gelesen"),
        ("gross.txt", b"x" * (MAX_FILE + 1), 413, "größer als 1 MB"),
        ("viel.txt", b"x" * (MAX_FILE + 300_000), 413, "größer als 1 MB"),
    ],
)
def test_a_file_that_is_refused_leaves_what_was_typed(
    room: Newsroom, name: str | None, content: bytes, status: int, told: str
) -> None:
    before, jobs = lying(room), len(room.desk.jobs.list(1000))
    answer = upload(room, name, content, **TYPED)
    assert answer.status_code == status
    field = answer.text.split('id="file-fehler"')[1].split("</div>")[0]
    assert told in field
    assert 'value="Über &lt;b&gt;&#34;Schicht&#34;&lt;/b&gt;"' in answer.text
    assert "A. Ä\nB</textarea>" in answer.text
    assert re.search(r'value="datenschutz" checked', answer.text)
    assert '<option value="guide" selected>' in answer.text
    assert "(freiwillig) – ausgefüllt: Titel, Verfasst von, Erscheinungsjahr, Art, Themen</summary>" in answer.text
    assert '<details class="fold">\n    <summary>Angaben' in answer.text  # folded, so that the field of the file is at hand
    assert '<a href="#file">Datei</a>' in answer.text
    assert "noch einmal gewählt" not in answer.text
    assert "<img src=x" not in answer.text
    assert (lying(room), len(room.desk.jobs.list(1000))) == (before, jobs)


def test_what_is_wrong_with_a_text_is_told_beside_it_and_the_file_has_to_be_chosen_again(room: Newsroom) -> None:
    before = lying(room)
    answer = upload(room, "a.txt", **{**TYPED, "year": "demnächst", "source_url": "javascript:alert(1)"})
    assert answer.status_code == 422
    assert 'id="year-fehler"' in answer.text
    assert '<details class="fold" open>\n    <summary>Angaben' in answer.text
    assert 'id="source_url-fehler"' in answer.text
    assert "Die Datei muss noch einmal gewählt werden" in answer.text.split('id="file-fehler"')[1]
    assert lying(room) == before


@pytest.mark.parametrize(
    "body", [b"--x\r\nkaputt", b"", b'--x\r\ncontent-disposition: form-data; name="unbekannt"\r\n\r\na\r\n--x--\r\n']
)
def test_a_broken_form_is_told(room: Newsroom, body: bytes) -> None:
    answer = room.client.post(UPLOAD, content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_file_takes_the_place_of_another(room: Newsroom) -> None:
    path = f"/pflege/dokumente/{GUIDE}/datei"
    token = room.token(f"/dokumente/{GUIDE}")
    job = room.job_of(upload(room, "neu.pdf", b"%PDF", path, vorgang=token))
    assert (job.kind, job.document_id, job.file, dict(job.metadata)) == (JobKind.REPLACE, GUIDE, "neu.pdf", {})
    refused = upload(room, "neu.exe", b"MZ", path, vorgang="anders")
    assert refused.status_code == 415
    assert "werden nicht gelesen" in refused.text.split('id="file-fehler"')[1]
    assert "<h1>Leitfaden" in refused.text


def test_a_form_of_very_many_fields_is_refused_before_they_are_kept(room: Newsroom) -> None:
    part = b'--BB\r\nContent-Disposition: form-data; name="title"\r\n\r\n\r\n'
    answer = room.client.post(
        "/pflege/hochladen",
        content=part * (MAX_TEXTS + 1) + b"--BB--\r\n",
        headers={"content-type": "multipart/form-data; boundary=BB"},
    )
    assert answer.status_code == 422
    assert f"hat mehr als {MAX_TEXTS} Felder" in answer.text
