"""The JSON interface: a refused request names the part that is at fault, for forms that show the fault beside its field."""

from __future__ import annotations

import pytest

from tests.search_service.served import SEARCH, problem
from tests.search_service.small_library import GUIDE

API = "/api/v1"
JSON = {"content-type": "application/json"}
BACKWARDS = {"gte": 2025, "lte": 2020}


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/search?q=", "q"),
        (f"/search?q={'x' * 2001}", "q"),
        ("/search?q=x&page_size=1000", "page_size"),
        ("/search?q=x&page=9999", "page"),
        ("/search?q=x&year=abc", "year"),
        ("/search?q=x&year=2025..2020", "year"),
        ("/facets?year=2025..2020", "year"),
        ("/documents?page=0", "page"),
        ("/documents?page_size=0", "page_size"),
        (f"/suggest?q={'x' * 2001}", "q"),
        ("/suggest?q=x&limit=99", "limit"),
        ("/passages/p0?before=99", "before"),
        ("/passages/p0?after=-1", "after"),
        (f"/documents/{GUIDE}/pages/1/image?width=400", "width"),
        (f"/documents/{GUIDE}/pages/abc/image", "number"),
    ],
)
def test_a_value_in_an_address_that_cannot_be_used_names_its_parameter(client, path, parameter):
    answer = problem(client.get(f"{API}{path}"), 422)
    assert answer["errors"] == [{"parameter": parameter, "detail": answer["detail"]}]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/search", {"q": " "}, "#/q"),
        ("/search", {"q": "x", "page": 9999}, "#/page"),
        ("/search", {"q": "x", "page_size": 0}, "#/page_size"),
        ("/search", {"q": "x", "filters": {"year": BACKWARDS}}, "#/filters/year"),
        ("/search/batch", {"queries": [{"q": "x"}] * 200}, "#/queries"),
    ],
)
def test_a_value_in_a_body_that_cannot_be_used_names_its_place(client, path, body, pointer):
    answer = problem(client.post(f"{API}{path}", json=body), 422)
    assert answer["errors"] == [{"pointer": pointer, "detail": answer["detail"]}]


def test_inside_a_batch_the_place_is_named_as_well(client):
    asked = {"queries": [{"q": "x"}, {"q": "x", "filters": {"year": BACKWARDS}}, {"q": ""}, 5]}
    answers = client.post(f"{API}/search/batch", json=asked).json()["answers"]
    pointers = [answer["problem"]["errors"][0]["pointer"] for answer in answers[1:]]
    assert pointers == ["#/queries/1/filters/year", "#/queries/2/q", "#/queries/3"]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/search?q=a&q=b", "q"),
        ("/search?q=a&year=2020&year=2021", "year"),
        ("/suggest?q=a&limit=1&limit=2", "limit"),
        ("/documents?page=1&page=1", "page"),
        (f"/documents/{GUIDE}/citation?format=ris&format=apa", "format"),
        (f"/documents/{GUIDE}/pages/1/image?width=480&width=960", "width"),
    ],
)
def test_a_parameter_that_holds_one_value_is_refused_when_it_comes_twice(client, path, parameter):
    answer = problem(client.get(f"{API}{path}"), 422)
    assert [error["parameter"] for error in answer["errors"]] == [parameter]
    assert f"„{parameter}“ steht mehrmals in der Adresse" in answer["detail"]
    assert client.head(f"{API}{path}").status_code == 422


def test_a_parameter_of_a_post_is_refused_as_well(client):
    answer = problem(client.post(f"{API}/citations?download=true&download=false", json={"ids": [GUIDE]}), 422)
    assert answer["errors"][0]["parameter"] == "download"


@pytest.mark.parametrize(
    "path",
    [
        f"{SEARCH}?q=x&type=guide&type=advice&facets=year&facets=type&document={GUIDE}&document=d0",
        f"{API}/facets?facets=year&facets=type",
        "/suche?q=alt&q=neu&page=1&page=1",  # the page takes the last: mail programs and portals add to its links
    ],
)
def test_what_may_come_several_times_still_may(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/search", "/search/batch", "/citations"])
@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"{'q': 'x'}"])
def test_a_body_that_is_no_json_is_unreadable(client, path, body):
    answer = problem(client.post(f"{API}{path}", content=body, headers=JSON), 400)
    assert answer["type"].endswith("#unlesbare-anfrage")
