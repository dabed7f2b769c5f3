import pytest

from search_service.edge.policy import Policy, count_cores, read_origins, read_policy
from search_service.edge.rates import Allowance
from search_service.errors import InvalidSettings
from search_service.settings import Settings


def test_without_settings_nobody_is_limited_and_each_core_works():
    policy = read_policy(Settings())
    assert policy == Policy()
    assert (policy.allowance, policy.origins, policy.open_metrics, policy.proxies) == (None, (), False, 0)
    assert 1 <= policy.working == min(count_cores(), 4)


def test_settings_become_limits():
    policy = read_policy(Settings(rate=120, proxies=1, workers=3, timeout=5, metrics="open", origins="https://a.example"), "v")
    assert policy.allowance == Allowance(120, 20)
    assert (policy.working, policy.waiting, policy.seconds, policy.open_metrics, policy.variant) == (3, 8, 5.0, True, "v")
    assert read_policy(Settings(rate=120, burst=7)).allowance == Allowance(120, 7)
    assert read_policy(Settings(waiting=0)).waiting == 0
    assert read_policy(Settings(rate=1)).allowance == Allowance(1, 1)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings(burst=5), "nur zusammen mit CHANGE_WISSEN_RATE"),
        (Settings(timeout=0), "mindestens 1"),
        (Settings(metrics="alle"), "kennt „local“ und „open“, nicht „alle“"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_german(settings, told):
    with pytest.raises(InvalidSettings, match=told):
        read_policy(settings)


def test_origins_are_read_one_by_one():
    text = " https://portal.example.org , http://localhost:3000,http://[::1]:8080,"
    assert read_origins(text) == ("https://portal.example.org", "http://localhost:3000", "http://[::1]:8080")
    assert read_origins("") == read_origins(" , ") == ()


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "portal.example.org", "https://portal.example.org/", "https://Portal.example.org", "https://*.example.org",
     "https://portal.example.org:443", "http://portal.example.org:80", "ftp://x.example", "https://x.example/pfad",
     "https://x.example\nhttps://y.example", "https://", "https://a..b"],
)  # fmt: skip
def test_what_no_browser_sends_as_origin_is_refused(origin):
    with pytest.raises(InvalidSettings, match="CHANGE_WISSEN_ORIGINS"):
        read_origins(origin)
