import pytest

from search_service.edge.places import Place, find_place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/health", Place.PROBE),
        ("/api/v1/ready", Place.PROBE),
        ("/metrics", Place.PROBE),
        ("/static/stil.css", Place.STATIC),
        ("/docs/swagger-ui.css", Place.STATIC),
        ("/favicon.ico", Place.STATIC),
        ("/docs", Place.ANSWER),
        ("/api/v1/admin", Place.ADMIN),
        ("/api/v1/admin/jobs/j1", Place.ADMIN),
        ("/api/v1/administration", Place.ANSWER),
        ("/api/v1/documents/d1/file", Place.FILE),
        ("/dokument/file", Place.ANSWER),
        ("/api/v1/documents/d1", Place.ANSWER),
        ("/suche", Place.ANSWER),
        ("/health/", Place.ANSWER),
    ],
)
def test_an_address_belongs_to_one_part_of_the_service(path, place):
    assert find_place(path) is place
