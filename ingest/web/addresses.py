"""Which web addresses may be asked for: pure rules over the text of an address and over the IP it leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

import idna

from search_service.errors import SourceUnavailable

IP = IPv4Address | IPv6Address

SCHEMES = ("https", "http")
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_CHARACTERS = 2000  # longer addresses are cut or refused by common servers and proxies
# A host whose last label is a number is an IP to the C library, in whatever base: 127.1, 0x7f.1, 0177.0.0.1, 2130706433.
NUMBER_LABEL = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)")
HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")

# Python 3.11.7's `is_global` lets these pass although IANA's registries do not count them as globally reachable.
NOT_PUBLIC_V4 = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4")))
PUBLIC_V6 = ip_network("2000::/3")  # all global unicast that IANA has given out
NOT_PUBLIC_V6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7"))
)
# Where cloud providers hand out credentials to whoever asks from inside: never, not even on an intranet.
METADATA = frozenset(map(ip_address, ("169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254")))
# Prefix of an IPv6 address that stands for an IPv4 one -> how far to shift right to get at it.
EMBEDDING = (
    (ip_network("::ffff:0:0/96"), 0),  # mapped, RFC 4291
    (ip_network("::ffff:0:0:0/96"), 0),  # translated, RFC 2765
    (ip_network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (ip_network("2002::/16"), 80),  # 6to4, RFC 3056
)


class AddressRefused(SourceUnavailable):
    """An address is none that may be asked for: wrong form, wrong scheme, or not public."""


@dataclass(frozen=True, slots=True)
class Address:
    """A web address that has the right form; nothing is said yet about where its host leads."""

    scheme: str  # "https" or "http"
    host: str  # lower case ASCII (IDNA), or an IP without brackets
    port: int
    target: str  # path and query, starts with "/"

    @property
    def origin(self) -> str:
        """Return "scheme://host" with the port where it is not the usual one: what robots.txt and pauses go by."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}")

    @property
    def path(self) -> str:
        """Return the path without the query."""
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        return self.origin + self.target


def parse_address(text: str) -> Address:
    """Return the address in its one normal form, without fragment. Raises AddressRefused with a German reason."""
    text = text.strip()
    shown = shorten(text)
    if len(text) > MAX_CHARACTERS:
        raise AddressRefused(f"Die Adresse ist länger als {MAX_CHARACTERS} Zeichen. Bitte prüfen.")
    if re.search(r"[\s\x00-\x1f\x7f\\]", text):
        raise AddressRefused(f"Die Adresse „{shown}“ enthält Leerzeichen oder unerlaubte Zeichen. Bitte berichtigen.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused(f"„{shown}“ ist keine gültige Adresse. Bitte berichtigen.") from error
    if parts.scheme not in SCHEMES:
        raise AddressRefused(f"„{shown}“ beginnt nicht mit https:// oder http://. Nur solche Adressen werden geladen.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("Adressen mit Benutzername oder Passwort werden nicht geladen. Bitte ohne Zugangsdaten angeben.")
    if port == 0:
        raise AddressRefused(f"„{shown}“ nennt keinen möglichen Port. Bitte berichtigen.")
    host = _normalize_host(host, shown)
    path = "/".join(_quote(part) for part in (parts.path or "/").split("/"))
    target = path + (f"?{_quote(parts.query)}" if parts.query else "")
    return Address(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], target)


def join_address(base: Address, reference: str) -> Address:
    """Return where a link found at `base` leads. Raises AddressRefused as `parse_address`."""
    try:
        return parse_address(urljoin(str(base), reference.strip().replace(" ", "%20")))
    except ValueError as error:
        raise AddressRefused(f"„{shorten(reference)}“ ist keine gültige Adresse.") from error


def judge_ip(ip: IP, allow_private: bool) -> bool:
    """Tell whether a connection to `ip` is allowed: public, or on an intranet if that is allowed.

    An IPv6 address that carries an IPv4 one is judged by that. Link-local addresses, those of cloud metadata, multicast
    and reserved ones are never allowed.
    """
    ip = unfold_ip(ip)
    if ip in METADATA:
        return False
    if _is_public(ip):
        return True
    return allow_private and any(ip.version == net.version and ip in net for net in PRIVATE)


def unfold_ip(ip: IP) -> IP:
    """Return the IPv4 address that an IPv6 address stands for, else `ip` itself."""
    if isinstance(ip, IPv6Address):
        for net, shift in EMBEDDING:
            if ip in net:
                return IPv4Address((int(ip) >> shift) & 0xFFFFFFFF)
    return ip


def shorten(text: str) -> str:
    """Return `text` fit for a message: printable and at most 120 characters."""
    clean = "".join(letter if letter.isprintable() else "·" for letter in text)
    return clean if len(clean) <= 120 else clean[:119] + "…"


def _is_public(ip: IP) -> bool:
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in net for net in NOT_PUBLIC_V4)
    return ip in PUBLIC_V6 and not any(ip in net for net in NOT_PUBLIC_V6)


def _normalize_host(host: str, shown: str) -> str:
    """Return the host in lower case ASCII; an IP only in its usual notation."""
    if ":" in host:
        try:
            ip = ip_address(host)
        except ValueError as error:
            raise AddressRefused(f"„{shown}“ enthält keine gültige IP-Adresse. Bitte berichtigen.") from error
        if getattr(ip, "scope_id", None):
            raise AddressRefused(f"„{shown}“ gilt nur für eine Netzkarte dieses Rechners und wird nicht geladen.")
        return str(ip)
    try:
        # Python's own codec follows IDNA 2003, where "straße" becomes "strasse": another host than the one browsers ask.
        plain = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError as error:
        raise AddressRefused(f"„{shown}“ nennt keinen gültigen Rechnernamen. Bitte berichtigen.") from error
    plain = plain.removesuffix(".")
    if NUMBER_LABEL.fullmatch(plain.rpartition(".")[2]):
        try:
            return str(IPv4Address(plain))
        except ValueError as error:
            raise AddressRefused(
                f"„{shown}“ nennt eine IP-Adresse in ungewöhnlicher Schreibweise und wird nicht geladen."
            ) from error
    if not HOST_NAME.fullmatch(plain):
        raise AddressRefused(f"„{shown}“ nennt keinen gültigen Rechnernamen. Bitte berichtigen.")
    return plain


def _quote(text: str) -> str:
    """Percent-encode what may not stand in an address; what is encoded already stays as it is."""
    return "".join(
        letter
        if letter.isascii() and letter not in '"<>^`{|}'
        else "".join(f"%{byte:02X}" for byte in letter.encode(errors="replace"))
        for letter in text
    )
