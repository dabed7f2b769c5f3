"""The shelf of fetched documents: names, sidecars, and a journal that survives a crash."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.describe import read_metadata
from ingest.sources import SIDECAR_ENDING, walk
from ingest.web.addresses import AddressRefused, parse_address
from ingest.web.bodies import FetchFailed
from ingest.web.downloads import choose_ending, keep_charset
from ingest.web.fetch import Answer
from ingest.web.shelf import JOURNAL, Holding, Shelf, name_file, write_sidecar
from search_service.errors import KnowledgeBaseBusy, NothingToIndex

A = Holding("https://a.example/x.pdf", "", "a.example/x-1.pdf", "https://a.example/x.pdf", "0", "2024-05-01", etag='"1"')


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/studien/Studie%20%C3%BCber_KI.pdf", "a.example/Studie-über-KI-"),
        ("https://a.example:8443/", "a.example_8443/seite-"),
        ("https://a.example/..%2f..%2fetc%2fpasswd", "a.example/passwd-"),
        ("https://a.example/.versteckt", "a.example/versteckt-"),
        ("https://a.example/" + "x" * 300, f"a.example/{'x' * 120}-"),
        ("http://[2001:db8::1]/x", "2001_db8__1/x-"),
    ],
)
def test_a_file_is_named_readably_after_its_address(url, name):
    assert name_file(parse_address(url), url, ".pdf").startswith(name)


@given(st.text(max_size=300), st.sampled_from([".pdf", ".html"]))
def test_no_address_leads_out_of_its_folder_or_to_a_name_that_is_not_offered(tail, ending):
    try:
        address = parse_address(f"https://a.example/{tail}")
    except AddressRefused:
        return
    folder, name = name_file(address, str(address), ending).split("/")
    assert folder == "a.example"
    assert name.endswith(ending)
    assert not name.startswith(".")
    assert len((name + SIDECAR_ENDING).encode()) <= 255


values = st.one_of(st.text(max_size=40), st.integers(0, 3000), st.lists(st.text(max_size=20), max_size=3))


@given(st.dictionaries(st.sampled_from(["title", "authors", "year", "publisher"]), values))
def test_a_sidecar_is_yaml_whatever_its_values_hold(fields):
    read = yaml.safe_load(write_sidecar(fields)) or {}
    assert read.keys() == fields.keys()
    assert all(type(read[name]) is type(fields[name]) for name in fields)


def test_a_sidecar_is_what_ingest_understands():
    fields = {
        "title": 'Pflege: „Gute“ "Arbeit" #1',
        "authors": ("Öztürk, Ela", "Ott, Bernd"),
        "year": 2021,
        "license": "CC BY 4.0",
    }
    read, notices = read_metadata(write_sidecar(fields).encode(), "der Begleitdatei")
    assert (read, notices) == (fields, [])


def test_what_is_put_is_found_again_and_offered_to_ingest(tmp_path):
    with Shelf(tmp_path / "fetched") as shelf:
        shelf.put(A, b"%PDF", {"title": "X"})
    with Shelf(tmp_path / "fetched") as shelf:
        assert shelf.find(A.key) == A
        assert [offer.path.name for offer in walk([shelf.folder], [tmp_path])] == ["x-1.pdf"]
        (shelf.folder / A.file).unlink()
        assert shelf.find(A.key) is None  # what somebody deleted is fetched again


def test_an_unchanged_document_keeps_its_time_and_a_new_ending_replaces_the_file(tmp_path):
    with Shelf(tmp_path / "fetched") as shelf:
        shelf.put(A, b"%PDF", {"title": "X"})
        path = shelf.folder / A.file
        os.utime(path, (1, 1))
        shelf.put(A, b"%PDF", {"title": "X"})
        assert path.stat().st_mtime == 1
        shelf.put(replace(A, file="a.example/x-1.html"), b"<html>", {"title": "X"})
        assert sorted(found.name for found in path.parent.iterdir()) == ["x-1.html", "x-1.html.meta.yaml"]
        assert shelf.remove(A.key) == str(shelf.folder / "a.example/x-1.html")
        assert shelf.remove(A.key) is None
        assert not path.parent.exists()


def test_a_journal_cut_short_by_a_crash_loses_only_its_last_line(tmp_path):
    other = replace(A, key="b", file="a.example/b-1.pdf")
    with Shelf(tmp_path) as shelf:
        shelf.put(A, b"%PDF a", {})
        shelf.put(other, b"%PDF b", {})
    journal = tmp_path / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-20] + b'\n[1]\n"x"\n{}\n')
    with Shelf(tmp_path) as shelf:
        assert (shelf.find(A.key), shelf.find("b")) == (A, None)


def test_a_journal_cannot_point_outside_the_shelf(tmp_path):
    (tmp_path / "wichtig.pdf").write_bytes(b"%PDF")
    folder = tmp_path / "fetched"
    with Shelf(folder) as shelf:
        shelf.put(A, b"%PDF", {})
    text = (folder / JOURNAL).read_text("utf-8")
    (folder / JOURNAL).write_text(text.replace(A.file, "../wichtig.pdf"), "utf-8")
    with Shelf(folder) as shelf:
        assert shelf.remove(A.key) is None
    assert (tmp_path / "wichtig.pdf").exists()


def test_two_processes_do_not_share_a_shelf(tmp_path):
    with Shelf(tmp_path), pytest.raises(KnowledgeBaseBusy, match="anderer Vorgang"):
        Shelf(tmp_path)
    with Shelf(tmp_path):
        pass


# --- What an answer is kept as -----------------------------------------------------------------------------------------------


def answer(body, content_type="", path="/x", **headers):
    return Answer(parse_address(f"https://a.example{path}"), 200, body, {"content-type": content_type, **headers})


@pytest.mark.parametrize(
    ("given_answer", "ending"),
    [
        (answer(b"%PDF-1.4", "application/pdf"), ".pdf"),
        (answer(b"\n%PDF-1.4", "text/html"), ".pdf"),
        (answer(b"PK", "application/octet-stream", "/a/Studie.DOCX?x=1"), ".docx"),
        (answer(b"PK", "", **{"content-disposition": "attachment; filename*=UTF-8''Studie%20A.docx"}), ".docx"),
        (answer(b"<p>", "text/html; charset=utf-8"), ".html"),
        (answer(b"<p>", "text/html", "/index.htm"), ".htm"),
        (answer(b"<p>", "application/xhtml+xml"), ".html"),
        (answer(b"# T", "text/plain", "/README.md"), ".md"),
        (answer(b"T", "text/plain"), ".txt"),
    ],
)
def test_the_ending_follows_content_then_type_then_name(given_answer, ending):
    assert choose_ending(given_answer) == ending


@pytest.mark.parametrize(
    ("given_answer", "error"),
    [
        (answer(b"", "application/pdf"), FetchFailed),
        (answer(b"<html>Anmelden", "application/pdf"), FetchFailed),
        (answer(b"<html>Anmelden", "text/html", "/studie.pdf"), FetchFailed),
        (answer(b"x", "video/mp4"), NothingToIndex),
        (answer(b"x", "application/octet-stream", "/x.exe"), NothingToIndex),
        (answer(b"x"), NothingToIndex),
    ],
)
def test_what_is_not_read_or_not_what_it_says_is_not_kept(given_answer, error):
    with pytest.raises(error):
        choose_ending(given_answer)


def test_an_encoding_that_only_the_header_names_is_kept_by_turning_the_text_into_utf_8():
    czech = "Příručka".encode("iso-8859-2")
    assert keep_charset(answer(czech, "text/html; charset=ISO-8859-2"), ".html").decode("utf-8-sig") == "Příručka"
    for body, declared in (
        (czech, "text/html"),
        (czech, "text/html; charset=erfunden"),
        ("Grün".encode(), "text/html; charset=latin-1"),
    ):
        assert keep_charset(answer(body, declared), ".html") == body
    assert keep_charset(answer(b"%PDF\xff", "application/pdf; charset=latin-1"), ".pdf") == b"%PDF\xff"
