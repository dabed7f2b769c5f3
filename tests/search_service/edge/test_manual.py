import re

import pytest

from search_service.routes.manual import find_swagger_files
from tests.search_service.served import problem


def test_the_page_is_german_and_names_no_foreign_host(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert '<html lang="de">' in page.text
    assert "<title>Schnittstelle – Ch@nge Wissen</title>" in page.text
    assert "//" not in page.text.replace("<!doctype html>", "")
    assert "<script>" not in page.text
    assert 'data-schema="/api/v1/openapi.json"' in page.text


def test_its_policy_lets_scripts_come_from_our_files_only(client):
    policy = client.get("/docs").headers["content-security-policy"]
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["connect-src"] == "'self'"
    assert "http" not in policy
    assert "unsafe" not in policy


def test_its_files_are_there_and_may_be_kept_for_ever(client):
    addresses = re.findall(r'(?:src|href)="(/docs/[^"]+)"', client.get("/docs").text)
    assert len(addresses) == 3
    for address in addresses:
        file = client.get(address)
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    script = client.get("/docs/schnittstelle.js").text
    assert "SwaggerUIBundle" in script
    assert "validatorUrl: null" in script
    assert "//" not in re.sub(r"(?m)^// .*$", "", script)


@pytest.mark.parametrize("name", ["LICENSE", "swagger-ui-bundle.js.map", "..%2f..%2f__init__.py"])
def test_no_other_file_of_the_package_is_given_out(client, name):
    problem(client.get(f"/docs/{name}"), 404)


def test_swagger_ui_lies_in_an_installed_package():
    folder = find_swagger_files()
    assert "OpenAPI" in (folder / "swagger-ui-bundle.js").read_text("utf-8")
    assert "Apache License" in (folder / "LICENSE").read_text("utf-8")
