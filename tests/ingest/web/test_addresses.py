"""Which addresses may be asked for."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.web.addresses import AddressRefused, join_address, judge_ip, parse_address, unfold_ip


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("http://example.org:80/a?b=1#teil", "http://example.org/a?b=1"),
        ("https://example.org:8443/", "https://example.org:8443/"),
        ("https://straße.example/übersicht?q=ä", "https://xn--strae-oqa.example/%C3%BCbersicht?q=%C3%A4"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("https://example.org//x//y", "https://example.org//x//y"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("  https://example.org/x  ", "https://example.org/x"),
    ],
)
def test_an_address_has_one_normal_form(text, normal):
    assert str(parse_address(text)) == normal
    assert parse_address(normal) == parse_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "example.org/x", "file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "javascript:alert(1)",
        "https://nutzer:geheim@example.org/", "https://nutzer@example.org/", "https://", "https:///x", "https://a..b/",
        "https://example.org:0/", "https://example.org:99999/", "https://exa mple.org/", "https://example.org\\@127.0.0.1/",
        "https://example.org/a\r\nHost: x", "https://" + "a" * 3000, "https://[::1", "https://[fe80::1%25eth0]/",
        "http://127.1/", "http://0177.0.0.1/", "http://0x7f.0.0.1/", "http://0x7f000001/", "http://2130706433/",
        "http://017700000001/", "http://127.0.1/", "http://127.0.0.1.1/", "http://256.1.1.1/", "http://example.0x1/",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_in_german(text):
    with pytest.raises(AddressRefused, match=r"[a-zäöü]\.$"):
        parse_address(text)


@pytest.mark.parametrize("text", ["http://127.0.0.1./", "http://①②⑦.⓪.⓪.①/", "http://[::ffff:127.0.0.1]/", "http://[::1]/"])
def test_disguised_addresses_of_this_machine_are_not_public(text):
    assert judge_ip(ip_address(parse_address(text).host), allow_private=False) is False


PUBLIC = ["8.8.8.8", "193.174.0.1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
INTRANET = ["127.0.0.1", "127.9.9.9", "10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1",
            "::ffff:127.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::7f00:1", "2002:c0a8:101::"]  # fmt: skip
NEVER = ["0.0.0.0", "169.254.169.254", "169.254.1.1", "100.100.100.200", "168.63.129.16", "::ffff:169.254.169.254",
         "64:ff9b::a9fe:a9fe", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
         "192.0.0.8", "192.0.2.1", "198.18.0.1", "192.88.99.1", "2001:db8::1", "3fff::1", "5f00::1", "::", "::7f00:1",
         "64:ff9b:1::7f00:1", "2001:0:7f00:1::"]  # fmt: skip


@pytest.mark.parametrize(
    ("ips", "allowed", "allowed_on_intranet"), [(PUBLIC, True, True), (INTRANET, False, True), (NEVER, False, False)]
)
def test_addresses_are_judged_by_where_they_lead(ips, allowed, allowed_on_intranet):
    assert {ip: judge_ip(ip_address(ip), allow_private=False) for ip in ips} == dict.fromkeys(ips, allowed)
    assert {ip: judge_ip(ip_address(ip), allow_private=True) for ip in ips} == dict.fromkeys(ips, allowed_on_intranet)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_in_every_wrapping(ip: IPv4Address):
    wrapped = [IPv6Address(prefix + int(ip)) for prefix in (0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96)]
    assert [unfold_ip(one) for one in wrapped] == [ip] * 3
    assert {judge_ip(one, allow_private=False) for one in wrapped} == {judge_ip(ip, allow_private=False)}


@given(st.ip_addresses())
def test_only_what_the_world_can_reach_is_public_and_allowing_more_forbids_nothing(ip):
    if judge_ip(ip, allow_private=False):
        assert unfold_ip(ip).is_global
        assert judge_ip(ip, allow_private=True)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text):
    for candidate in (text, f"https://{text}", f"https://example.org/{text}"):
        try:
            address = parse_address(candidate)
        except AddressRefused:
            continue
        assert str(address).isascii()
        assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("b.pdf", "https://example.org/a/b.pdf"),
        ("/c/Studie Nr 1.pdf", "https://example.org/c/Studie%20Nr%201.pdf"),
        ("//andere.example/x", "https://andere.example/x"),
        ("https://andere.example", "https://andere.example/"),
        ("", "https://example.org/a/"),
    ],
)
def test_links_are_read_from_where_they_stand(link, target):
    assert str(join_address(parse_address("https://example.org/a/"), link)) == target
