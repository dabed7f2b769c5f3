"""The JSON interface: pages as pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.errors import ProtectedDocument, ServiceBusy
from search_service.knowledge_base.originals import PAGE_IMAGES
from search_service.page_image_cache import PageImageCache
from search_service.page_images import PageImages
from tests.search_service.served import problem
from tests.search_service.small_library import CASE, GUIDE, build_library
from tests.search_service.test_page_image_cache import make_webp
from tests.search_service.test_page_images import Drawer, fail

PATH = f"/api/v1/documents/{GUIDE}/pages/3/image"


@pytest.fixture(scope="module")
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture(scope="module")
def client(searcher, drawer: Drawer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    images = PageImages(drawer, PageImageCache(tmp_path_factory.mktemp("kb") / PAGE_IMAGES))
    with TestClient(create_app(searcher, page_images=images)) as client:
        yield client


def test_a_page_comes_as_a_picture_that_the_browser_shows(client, drawer, searcher):
    answer = client.get(PATH, params={"width": 480})
    assert (answer.status_code, answer.content) == (200, make_webp(103))
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["content-length"] == "103"
    assert answer.headers["content-disposition"].startswith('inline; filename="ki-leitfaden-seite-3.webp"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert drawer.calls[-1] == (searcher.library.original(searcher.library.document(GUIDE)), 3, 480)
    assert client.get(PATH, params={"width": 480}).content == make_webp(103)
    assert len([call for call in drawer.calls if call[1:] == (3, 480)]) == 1


def test_a_head_tells_the_same_without_the_picture(client):
    got, head = client.get(PATH), client.head(PATH)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "cache-control"):
        assert head.headers[name] == got.headers[name]


def test_what_the_browser_has_is_not_sent_again_nor_drawn(searcher, tmp_path):
    drawer = Drawer()
    images = PageImages(drawer, PageImageCache(tmp_path))
    with TestClient(create_app(searcher, page_images=images)) as client:
        etag = client.get(PATH).headers["etag"]
        assert etag.startswith('"')  # strong
        assert etag != client.get(PATH, params={"width": 480}).headers["etag"]
        for file in tmp_path.rglob("*.webp"):
            file.unlink()
        for known in (etag, f'"x", W/{etag}'):
            again = client.get(PATH, headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert len(drawer.calls) == 2
        assert client.get(PATH, headers={"if-none-match": '"anders"'}).status_code == 200


def test_only_a_picture_with_its_version_is_kept_without_asking(client):
    first = client.get(PATH)
    assert first.headers["cache-control"] == "private, no-cache"
    version = first.headers["etag"][1:17]
    assert client.get(PATH, params={"v": version}).headers["cache-control"] == "private, max-age=3600"
    for other in ("", "0" * 16, version[:-1], f"{version}0"):
        assert client.get(PATH, params={"v": other}).headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("number", "status", "told"),
    [
        ("0", 404, "hat die Seiten 1 bis 16"),
        ("-1", 404, "hat die Seiten 1 bis 16"),
        ("17", 404, "hat die Seiten 1 bis 16"),
        ("9" * 40, 404, "hat die Seiten 1 bis 16"),
        ("9" * 5000, 422, "ganze Zahl"),
        ("iii", 422, "ganze Zahl"),
        ("1.5", 422, "ganze Zahl"),
        ("%00", 422, "ganze Zahl"),
        ("1%2f..%2f..", 404, "Unter dieser Adresse"),
        ("..%2f3", 404, "Unter dieser Adresse"),
    ],
)
def test_a_page_that_there_is_not_is_told(client, number, status, told):
    answer = client.get(f"/api/v1/documents/{GUIDE}/pages/{number}/image")
    assert answer.status_code == status
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    "document_id",
    ["d9999999999999999", "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", f"{GUIDE}%00", "%ff", "a" * 3000, "%0d%0aX-Boese:1"],
)
def test_no_trick_in_the_id_leads_anywhere(client, drawer, document_id):
    before = len(drawer.calls)
    answer = client.get(f"/api/v1/documents/{document_id}/pages/1/image")
    assert answer.status_code == 404
    assert "x-boese" not in answer.headers
    assert len(drawer.calls) == before


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"width": 961}, "„width“ muss 480, 960 oder 1440 sein."),
        ({"width": -480}, "480, 960 oder 1440"),
        ({"width": "breit"}, "ganze Zahl"),
        ({"height": 480}, "gibt es nicht. Erlaubt sind: width, v."),
    ],
)
def test_only_a_few_widths_can_be_had(client, parameters, told):
    assert told in problem(client.get(PATH, params=parameters), 422)["detail"]


def test_a_document_without_pages_says_what_is_possible(client):
    answer = problem(client.get(f"/api/v1/documents/{CASE}/pages/1/image"), 404)
    assert "PDF, JPEG, PNG und TIFF" in answer["detail"]
    assert "Originaldatei" in answer["detail"]


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (ProtectedDocument("x"), 404, "mit einem Passwort geschützt"),
        (ServiceBusy("x"), 503, "noch einmal versuchen"),
        (OSError(11, "x"), 503, "noch einmal versuchen"),
    ],
)
def test_what_cannot_be_drawn_is_a_problem_that_says_why(searcher, tmp_path: Path, error, status, told):
    images = PageImages(Drawer(fail(error)), PageImageCache(tmp_path))
    with TestClient(create_app(searcher, page_images=images)) as client:
        answer = client.get(PATH)
        assert told in problem(answer, status)["detail"]
        assert answer.headers["cache-control"] == "no-store"
        assert ("retry-after" in answer.headers) == (status == 503)
        assert client.get("/health").status_code == 200


def test_a_lost_file_and_a_service_that_draws_nothing_say_so(tmp_path: Path, searcher):
    with TestClient(create_app(searcher)) as client:
        assert "gibt dieser Dienst nicht aus" in problem(client.get(PATH), 404)["detail"]
    lost = build_library(tmp_path)
    lost.library.original(lost.library.document(GUIDE)).unlink()
    images = PageImages(Drawer(), PageImageCache(tmp_path / "bilder"))
    with TestClient(create_app(lost, page_images=images)) as client:
        problem(client.get(PATH), 404)


def test_the_description_names_what_can_be_asked(client):
    operation = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/documents/{document_id}/pages/{number}/image"][
        "get"
    ]
    assert set(operation["responses"]) == {"200", "304", "404", "410", "422", "429", "503"}
    assert list(operation["responses"]["200"]["content"]) == ["image/webp"]
    width = next(each for each in operation["parameters"] if each["name"] == "width")
    assert width["schema"] == {"type": "integer", "enum": [480, 960, 1440], "default": 960, "title": "Width"} | {
        key: width["schema"][key] for key in ("description",) if key in width["schema"]
    }
