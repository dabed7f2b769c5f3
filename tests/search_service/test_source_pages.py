"""The viewer as a page: complete without scripts, honest about what is missing, closed to tricks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.documents import make_passage_ids
from search_service.knowledge_base.store import KnowledgeBase
from search_service.library import Library
from search_service.page_image_cache import PageImageCache
from search_service.page_images import PageImages
from search_service.site.renderer import Renderer
from search_service.site.source_pages import create_source_routes
from search_service.site.viewer_files import LIBRARY, WORKER, create_viewer_file_routes, find_page_library
from tests.search_service.page_reader import BROWSER, read, text
from tests.search_service.small_library import CASE, EXOSKELETON, GLOSSARY, GUIDE, TEXT, build_library
from tests.search_service.test_page_images import Drawer

VIEWER = Path(__file__).parents[2] / "search_service" / "viewer"
LAW = "Der Betriebsrat bestimmt bei der Einführung von KI mit.\nDas folgt aus § 87 Abs. 1 Nr. 6 BetrVG."
SPLIT = "Die Einigungsstelle entscheidet, wenn Betriebsrat und Arbeitgeber sich nicht einigen."
HANDOVER = "Die Übergabe <b>zwischen</b> den Schichten gelingt mit einem Protokoll & einem Gespräch."
(LAW_ID,), (SPLIT_ID,) = make_passage_ids(GUIDE, [LAW]), make_passage_ids(GUIDE, [SPLIT])
(HANDOVER_ID,), (TERM_ID,) = make_passage_ids(CASE, [HANDOVER]), make_passage_ids(GLOSSARY, [EXOSKELETON])
SOURCE = f"/dokument/{GUIDE}/quelle"


@pytest.fixture(scope="module")
def client(searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    images = PageImages(Drawer(), PageImageCache(tmp_path_factory.mktemp("bilder")))
    with TestClient(create_app(searcher, page_images=images), headers=BROWSER, follow_redirects=False) as client:
        yield client


def test_a_page_is_complete_without_scripts(client):
    page = read(client, SOURCE, stelle=SPLIT_ID, zurueck="/suche?q=Einigung")
    assert text(page.find(".//h1")) == "Leitfaden Künstliche Intelligenz im Betrieb"
    assert "S. 12 (PDF-Seite 15)" in text(page.xpath("//header[@class='source-head']")[0])
    assert "1 Recht › 1.2 Streit" in text(page)
    assert page.xpath("//nav[@class='source-ways']/a/@href") == ["/suche?q=Einigung", f"/dokument/{GUIDE}"]
    (picture,) = page.xpath("//img")
    path = f"/api/v1/documents/{GUIDE}/pages/15/image"
    assert picture.get("src").startswith(f"{path}?v=")
    assert [part.split()[-1] for part in picture.get("srcset").split(", ")] == ["480w", "960w", "1440w"]
    assert picture.get("alt").startswith("Seite 12 aus „Leitfaden Künstliche Intelligenz im Betrieb“")
    for address in (picture.get("src"), *(part.split()[0] for part in picture.get("srcset").split(", "))):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, max-age=3600")
    assert page.xpath("//a[@rel='prev' or @rel='next']/@href") == [
        f"{SOURCE}?stelle={SPLIT_ID}&seite={number}&zurueck=%2Fsuche%3Fq%3DEinigung#blatt" for number in (14, 16)
    ]
    assert [text(link) for link in page.xpath("//p[@class='own-pages']/a")] == ["Seite 12", "Seite 13"]
    assert f"/api/v1/documents/{GUIDE}/file#page=15" in page.xpath("//a/@href")
    (chosen,) = page.xpath("//*[contains(@class, 'chosen')][@data-passage]")
    assert SPLIT in text(chosen)
    assert (chosen.get("data-passage"), chosen.get("id")) == (SPLIT_ID, SPLIT_ID)  # nothing marked: the text is the aim
    assert [each.get("data-passage") for each in page.xpath("//div[@class='other']")] == [LAW_ID]


def test_the_form_leads_to_any_page_and_keeps_the_passage(client):
    page = read(client, SOURCE, stelle=LAW_ID, seite="3")
    form = page.xpath("//form[@class='jump']")[0]
    assert form.get("action") == SOURCE
    assert {field.get("name"): field.get("value") for field in form.xpath(".//input")} == {"stelle": LAW_ID, "seite": "3"}
    assert (form.xpath(".//input[@type='number']")[0].get("max"), "S. iii" in text(page)) == ("16", True)
    assert read(client, SOURCE, seite="").xpath("//*[@data-page]/@data-page") == ["1"]
    assert "kein Text erfasst" in text(read(client, SOURCE, seite="2"))


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (f"{SOURCE}?seite=0", 404, "hat die Seiten 1 bis 16"),
        (f"{SOURCE}?seite=17", 404, "hat die Seiten 1 bis 16"),
        (f"{SOURCE}?seite={'9' * 5000}", 404, "hat die Seiten 1 bis 16"),
        (f"{SOURCE}?seite=iii", 422, "ganze Zahl ab 1"),
        (f"{SOURCE}?seite=%00", 422, "ganze Zahl ab 1"),
        (f"/dokument/{TEXT}/quelle?ab=x", 422, "„ab“ muss eine ganze Zahl ab 1 sein"),
        (f"{SOURCE}?stelle=p0000000000000000", 404, "keine Textstelle bekannt"),
        (f"{SOURCE}?stelle=%3Cscript%3Ealert(1)%3C/script%3E", 404, "keine Textstelle bekannt"),
        (f"{SOURCE}?stelle={'a' * 2000}", 404, "keine Textstelle bekannt"),
        (f"{SOURCE}?stelle=%00", 404, "keine Textstelle bekannt"),
        ("/dokument/unbekannt/quelle", 404, "gibt es nicht (mehr)"),
        ("/dokument/..%2f..%2fetc%2fpasswd/quelle", 404, ""),
        ("/dokument/%00/quelle", 404, ""),
    ],
)
def test_bad_input_is_a_page_that_says_what_to_do(client, path, status, told):
    answer = client.get(path)
    assert answer.status_code == status
    assert told in answer.text.replace("\u00a0", " ")
    assert "<script>alert" not in answer.text
    assert 'id="suche"' in answer.text


def test_a_passage_of_another_document_leads_to_that_document(client):
    answer = client.get(SOURCE, params={"stelle": HANDOVER_ID, "zurueck": "/suche?q=a", "sprache": "einfach"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/dokument/{CASE}/quelle?stelle={HANDOVER_ID}&zurueck=%2Fsuche%3Fq%3Da&sprache=einfach#{HANDOVER_ID}",
    )


def test_what_became_of_a_withdrawn_document_is_told_where_its_permalinks_tell_it(tmp_path: Path):
    searcher = build_library(tmp_path)
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        knowledge_base.withdraw(GUIDE, "Die Rechtslage hat sich geändert.")
        assert knowledge_base.publish()
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        page = read(client, SOURCE, status=410)
        assert "Grund: Die Rechtslage hat sich geändert." in text(page)
        sent = client.get(SOURCE, params={"stelle": LAW_ID, "sprache": "einfach"}, follow_redirects=False)
        assert sent.headers["location"] == f"/p/{LAW_ID}?sprache=einfach"
        page = read(client, SOURCE, status=410, stelle=LAW_ID)
        assert text(page.find(".//h1")) == "Dieses Dokument wurde zurückgezogen"


def test_a_lost_file_is_told_and_its_text_is_shown(tmp_path: Path):
    searcher = build_library(tmp_path)
    searcher.library.original(searcher.library.document(GUIDE)).unlink()
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        page = read(client, SOURCE, stelle=LAW_ID)
    assert "Originaldatei fehlt" in text(page)
    assert not page.xpath("//img | //a[@download]")
    assert "Das folgt aus § 87 Abs. 1 Nr. 6 BetrVG." in text(page.get_element_by_id(LAW_ID))


def test_where_no_pictures_are_drawn_the_page_says_so_and_keeps_its_text(searcher):
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        page = read(client, SOURCE, stelle=LAW_ID)
    assert not page.xpath("//img")
    assert "Seitenbilder gibt dieser Dienst nicht aus" in text(page)
    assert "Das folgt aus § 87" in text(page)


@pytest.mark.parametrize(("document", "passage"), [(CASE, HANDOVER_ID), (GLOSSARY, TERM_ID), (TEXT, None)])
def test_what_has_no_pages_is_a_text_with_nothing_of_its_markup(client, document, passage):
    page = read(client, f"/dokument/{document}/quelle", **({"stelle": passage} if passage else {}))
    body = page.find(".//main")
    assert not body.xpath(".//script | .//b[not(@class)] | .//iframe | .//img")
    if passage is None:
        assert "Die Übergabe gehört ins Schichtbuch" in text(body)
        assert not body.xpath(".//*[@data-to-passage]")
        return
    (chosen,) = body.xpath(".//section[contains(@class, 'chosen')]")
    assert (chosen.get("id"), chosen.get("data-passage"), chosen.get("data-document")) == (passage, passage, document)
    assert body.xpath(".//a[@data-to-passage]/@href") == [f"#{passage}"]
    assert text(chosen).startswith("Textstelle ")  # told in words, not by colour alone
    if document == CASE:
        assert HANDOVER in text(chosen)


def test_the_source_is_kept_like_other_pages_and_not_listed_by_search_engines(client):
    answer = client.get(SOURCE)
    assert (answer.headers["cache-control"], 'name="robots" content="noindex"' in answer.text) == ("no-cache", True)
    assert client.get(SOURCE, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    head = client.head(SOURCE)
    assert (head.status_code, head.content) == (200, b"")
    assert "unsafe" not in answer.headers["content-security-policy"]


# --- pdf.js -----------------------------------------------------------------------------------------------------------


def make_files(folder: Path) -> Path:
    for name in (LIBRARY, WORKER, "cmaps/UniJIS-H.bcmap", "standard_fonts/FoxitFixed.pfb", "package.json"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"// {name}")
    return folder


def test_without_the_library_pages_are_pictures_and_with_it_its_files_have_a_version(tmp_path: Path):
    assert find_page_library(tmp_path) is None
    library = find_page_library(make_files(tmp_path))
    assert library is not None
    assert re.fullmatch(rf"/static/pdfjs/{re.escape(LIBRARY)}\?v=[0-9a-f]{{8}}", library.address)
    assert library.worker.startswith(f"/static/pdfjs/{WORKER}?v=")


def test_what_is_not_installed_is_not_named_in_the_page(searcher):
    app = FastAPI()
    app.include_router(create_source_routes(searcher, Renderer(), has_images=True, library=None))
    with TestClient(app) as client:
        page = read(client, SOURCE, seite="3")
    assert page.xpath("//img")
    assert not page.xpath("//@data-library | //@data-file")


def test_only_the_needed_files_of_the_library_are_handed_out(tmp_path: Path):
    app = FastAPI()
    app.include_router(create_viewer_file_routes(make_files(tmp_path)))
    with TestClient(app, raise_server_exceptions=False) as client:
        module = client.get(f"/static/pdfjs/{LIBRARY}")
        assert (module.status_code, module.headers["content-type"].partition(";")[0]) == (200, "text/javascript")
        assert client.get("/static/pdfjs/cmaps/UniJIS-H.bcmap").headers["content-type"] == "application/octet-stream"


def test_unknown_files_and_ways_out_of_the_folder_are_refused(client):
    for path in ("package.json", "nichts", "cmaps", "..%2f..%2f..%2fpyproject.toml", "cmaps/..%2fpackage.json", "%00"):
        assert client.get(f"/static/pdfjs/{path}").status_code == 404, path


def test_the_lock_file_names_one_package_by_its_hash_and_no_host():
    lock = json.loads((VIEWER / "package-lock.json").read_text("utf-8"))
    wanted = json.loads((VIEWER / "package.json").read_text("utf-8"))["dependencies"]
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert list(packages) == ["node_modules/pdfjs-dist"]
    (package,) = packages.values()
    assert {"pdfjs-dist": package["version"]} == wanted
    assert (package["license"], package["integrity"][:7]) == ("Apache-2.0", "sha512-")
    assert "resolved" not in package
    assert "omit-lockfile-registry-resolved=true" in (VIEWER / ".npmrc").read_text("utf-8")


def test_a_book_is_read_in_parts_and_every_passage_of_them_answers_to_the_keys(searcher, monkeypatch: pytest.MonkeyPatch):
    find = Library.document_with_passages

    def find_book(self, document_id):
        document, (passage, *_), editions = find(self, document_id)
        return document, [replace(passage, id=f"p{number}", ordinal=number) for number in range(1000)], editions

    monkeypatch.setattr(Library, "document_with_passages", find_book)
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        page = read(client, f"/dokument/{TEXT}/quelle", stelle="p500")
        whole = read(client, f"/dokument/{TEXT}")
    entries = page.xpath("//*[@data-passage]")
    assert [entry.get("data-passage") for entry in entries] == [f"p{number}" for number in range(440, 561)]
    for entry in entries:
        assert entry.get("data-document") == TEXT
        (title,) = entry.xpath(".//*[@data-title]")
        assert title.xpath("ancestor-or-self::a/@href")[0].endswith(f"#{entry.get('data-passage')}")
        assert entry.xpath(".//*[@data-citation]")
        assert entry.xpath(".//*[@data-actions]")
    assert [text(link) for link in page.xpath("//nav[@class='paging']//a")] == ["Früher im Text", "Weiter im Text"]
    assert "Textstellen 441 bis 561 von 1.000" in text(page)
    assert len(whole.xpath("//*[@data-passage]//*[@data-title]")) == 1000
    assert not whole.xpath("//*[@data-passage]//*[@data-citation or @data-actions]")
    (link,) = whole.xpath("//*[@data-passage='p7']//a")
    assert (text(link), link.get("href")) == ("Schichtbuch: Ansehen und zitieren", f"/dokument/{TEXT}/quelle?stelle=p7#p7")
