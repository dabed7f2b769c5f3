"""Settings: read from a mapping, refused when unknown."""

from __future__ import annotations

import pytest

from search_service.errors import InvalidSettings
from search_service.settings import PREFIX, Settings, read_settings


def test_without_variables_the_defaults_hold() -> None:
    assert read_settings({}) == Settings() == read_settings({"PATH": "/bin", "LANG": "de_DE.UTF-8"})
    assert (Settings().host, Settings().port) == ("127.0.0.1", 8000)


def test_every_setting_can_be_chosen() -> None:
    variables = {"MODEL": "/m", "KB": "/k", "HOST": "0.0.0.0", "PORT": "80", "THREADS": "2", "PUBLIC_URL": "https://x.example"}
    variables |= {"RESCORING": "0", "SYNONYMS": "/s.txt"}
    chosen = read_settings({PREFIX + name: value for name, value in variables.items()})
    assert chosen == Settings("/m", "/k", "0.0.0.0", 80, 2, 0, "/s.txt", "https://x.example")


def test_a_misspelt_setting_is_refused_with_the_likely_name() -> None:
    with pytest.raises(InvalidSettings, match=r"CHANGE_WISSEN_PROT gibt es nicht.*vielleicht CHANGE_WISSEN_PORT"):
        read_settings({"CHANGE_WISSEN_PROT": "80"})


def test_a_setting_like_no_other_is_refused_with_all_names() -> None:
    with pytest.raises(InvalidSettings, match=r"Bekannt sind: CHANGE_WISSEN_MODEL, .*CHANGE_WISSEN_PUBLIC_URL"):
        read_settings({"CHANGE_WISSEN_XYZXYZXYZ": "1"})


@pytest.mark.parametrize("value", [" ", "acht", "-1", "8000.0", "65536", "²", "٣", "9" * 5000])
def test_a_number_that_is_none_or_out_of_range_is_refused(value: str) -> None:
    with pytest.raises(InvalidSettings, match="zwischen 0 und 65535"):
        read_settings({"CHANGE_WISSEN_PORT": value})


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings({"CHANGE_WISSEN_HOST": "", "CHANGE_WISSEN_PORT": ""}) == Settings()


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("65535", 65535), ("08000", 8000)])
def test_numbers_at_the_borders_are_taken(value: str, number: int) -> None:
    assert read_settings({"CHANGE_WISSEN_PORT": value}).port == number


def test_limits_of_the_service_can_be_chosen() -> None:
    variables = {"ORIGINS": "https://portal.example.org", "RATE": "300", "BURST": "20", "PROXIES": "1", "WORKERS": "2"}
    variables |= {"WAITING": "0", "TIMEOUT": "10", "GRACE": "5", "LOG": "text", "METRICS": "open", "OPERATOR": "/b.toml"}
    chosen = read_settings({PREFIX + name: value for name, value in variables.items()})
    assert (chosen.origins, chosen.rate, chosen.burst, chosen.proxies) == ("https://portal.example.org", 300, 20, 1)
    assert (chosen.workers, chosen.waiting, chosen.timeout, chosen.grace) == (2, 0, 10, 5)
    assert (chosen.log, chosen.metrics, chosen.operator) == ("text", "open", "/b.toml")
