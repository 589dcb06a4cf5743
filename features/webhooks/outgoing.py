"""Requests to addresses that callers name: resolved once, checked, and made to what was checked."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_MOST_ANSWERED = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_NOT_PUBLIC = "The host has an address that is not public."
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# By IANA's registries of special-purpose addresses. Python's `is_global` knows most of them, but which ones depends
# on its version: it is checked in addition.
_DENIED = [
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32"),
        *("2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The request was not made, or not answered; the text may be shown."""


@dataclass(frozen=True)
class Response:
    """Status and text of an answer; the text is cut at 64 kB."""

    status: int
    text: str


@dataclass(frozen=True)
class Target:
    """Where a request goes: `address` was checked, and is the one that is connected to."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def url_fault(url: object, *, to_private: bool) -> str:
    """Why something is no address of a webhook, or an empty text; nothing is looked up."""
    text = "Must be an address that begins with https:// or http://, without a user or a fragment."
    if type(url) is not str or len(url) > 2000 or not url.isascii() or not url.isprintable() or " " in url:
        return text
    try:
        parts = urlsplit(url)
        fits = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        return text
    if not fits or "@" in parts.netloc or parts.fragment:
        return text
    literal = _literal(str(parts.hostname))
    return _NOT_PUBLIC if literal and not to_private and not is_public(literal) else ""


def _literal(host: str) -> Address | None:
    """The address that a host is already, in any form that connections take, such as `2130706433` and `0x7f.1`."""
    try:
        return ipaddress.IPv6Address(host) if ":" in host else ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def resolve(url: str, *, to_private: bool) -> Target:
    """Raises `Refused` unless every address of the host is public."""
    if fault := url_fault(url, to_private=to_private):
        raise Refused(fault)
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Refused("The host has no address.") from problem
    addresses = [str(item[4][0]).partition("%")[0] for item in found]
    if not to_private and not all(is_public(ipaddress.ip_address(item)) for item in addresses):
        raise Refused(_NOT_PUBLIC)
    return Target(parts.scheme, str(parts.hostname), port, _path(parts), addresses[0])


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def is_public(address: Address) -> bool:
    """Return whether an address, and an IPv4 address embedded in it, is reachable on the public Internet."""
    if inner := _packed(address):
        return is_public(inner)
    return address.is_global and not any(address in network for network in _DENIED)


def _packed(address: Address) -> Address | None:
    if address.version == 4:
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def post(target: Target, body: bytes, *, headers: Mapping[str, str], seconds: float) -> Response:
    """Post a body and return the response; redirects are not followed. Takes at most `seconds` in all."""
    try:
        plain = socket.create_connection((target.address, target.port), timeout=seconds)
    except OSError as problem:
        raise Refused("There is no connection.") from problem
    watch = threading.Timer(seconds, _cut, args=[plain])
    watch.start()
    try:
        return _asked(target, plain, body, headers)
    except ssl.SSLError as problem:
        raise Refused("The certificate does not fit, or TLS failed.") from problem
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise Refused("There was no answer in time, or none that is HTTP.") from problem
    finally:
        watch.cancel()
        plain.close()


def _asked(target: Target, plain: socket.socket, body: bytes, headers: Mapping[str, str]) -> Response:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = plain
    if target.scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
    try:
        connection.request("POST", target.path, body=body, headers={"Host": _host(target), **headers})
        answer = connection.getresponse()
        return Response(answer.status, answer.read(_MOST_ANSWERED).decode(errors="replace"))
    finally:
        connection.close()


def _host(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == _PORTS[target.scheme] else f"{host}:{target.port}"


def _cut(connection: socket.socket) -> None:
    """Wakes up whoever reads from a sender that takes too long."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it ended by itself just now
