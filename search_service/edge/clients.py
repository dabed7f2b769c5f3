"""Who asks: the address of a client, behind proxies too, as far as they can be believed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

# One connection to the net is given a whole /64 (RFC 6177): its addresses are one client.
IPV6_PREFIX = 64
_PORT = re.compile(r":[0-9]*$")
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


def find_client(scope: Scope, proxies: int) -> str:
    """Return the address of who asks, of an IPv6 address its network; "" where there is none, as on a local socket.

    `proxies` is the number of trusted proxies in front: each has added the address that it saw to the end of
    `X-Forwarded-For`, so that only so many entries from the end are believed. Without proxies the header is ignored.
    """
    peer = (scope.get("client") or ("", 0))[0]
    told = [entry.strip() for line in Headers(scope=scope).getlist("x-forwarded-for") for entry in line.split(",")]
    return name_client(peer, told, proxies)


def name_client(peer: str, told: Sequence[str], proxies: int) -> str:
    """Return the client's address from the other end of the connection and the entries of `X-Forwarded-For`, in order."""
    believed = told[-proxies:] if proxies else []
    address = _read(believed[0]) if believed else None
    address = address or _read(peer)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_PREFIX), strict=False))
    return "" if address is None else str(address)


def is_local(scope: Scope) -> bool:
    """Tell whether a program on this machine asks directly; what a proxy hands on does not count.

    Not every proxy says that it is one, but each has been asked by a name of its own.
    """
    address = _read((scope.get("client") or ("", 0))[0])
    headers = Headers(scope=scope)
    if address is None or not address.is_loopback or any(name in headers for name in _FORWARDED):
        return False
    host = headers.get("host", "")
    named = _read(host)
    return _PORT.sub("", host.lower()) == "localhost" or (named is not None and named.is_loopback)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address, also with a port behind it ("192.0.2.1:4711", "[2001:db8::1]:4711"); None if it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
