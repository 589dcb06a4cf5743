"""Requests to addresses that callers name: resolved once, checked, and sent to the checked address."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_MAX_RESPONSE_BYTES = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_NOT_PUBLIC = "The host has an address that is not public."
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# From IANA's registries of special-purpose addresses. Python's `is_global`, which depends on the version of Python,
# is checked in addition.
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


class RequestFailed(Exception):
    """The request was not sent or not answered. The text may be shown to the caller."""


@dataclass(frozen=True)
class ReceiverResponse:
    """Status and text of a response. The text is cut at 64 kB."""

    status: int
    text: str


@dataclass(frozen=True)
class RawResponse:
    """A response with its headers and the beginning of its body."""

    status: int
    headers: dict[str, str]
    content: bytes


@dataclass(frozen=True)
class ResolvedTarget:
    """Where a request goes. `address` has been checked, and is the one to connect to."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def url_error(url: object, *, allow_private: bool) -> str:
    """Return why something is not a valid URL of a webhook, or an empty text. Looks nothing up."""
    text = "Must be an address that begins with https:// or http://, without a user or a fragment."
    if type(url) is not str or len(url) > 2000 or not url.isascii() or not url.isprintable() or " " in url:
        return text
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        return text
    if not is_valid or "@" in parts.netloc or parts.fragment:
        return text
    literal = _ip_literal(str(parts.hostname))
    return _NOT_PUBLIC if literal and not allow_private and not is_public(literal) else ""


def _ip_literal(host: str) -> Address | None:
    """Return the IP address that a host already is.

    Accepts every form that sockets accept, such as `2130706433`.
    """
    try:
        return ipaddress.IPv6Address(host) if ":" in host else ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def resolve(url: str, *, allow_private: bool) -> ResolvedTarget:
    """Resolve a URL; raises `RequestFailed` unless every address of the host is public."""
    if reason := url_error(url, allow_private=allow_private):
        raise RequestFailed(reason)
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    try:
        records = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RequestFailed("The host has no address.") from error
    addresses = [str(address[4][0]).partition("%")[0] for address in records]
    if not allow_private and not all(is_public(ipaddress.ip_address(address)) for address in addresses):
        raise RequestFailed(_NOT_PUBLIC)
    return ResolvedTarget(parts.scheme, str(parts.hostname), port, _path(parts), addresses[0])


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def is_public(address: Address) -> bool:
    """Check whether an address, and an IPv4 address embedded in it, is reachable on the public Internet."""
    if inner := _embedded_ipv4(address):
        return is_public(inner)
    return address.is_global and not any(address in network for network in _DENIED)


def _embedded_ipv4(address: Address) -> Address | None:
    if address.version == 4:
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def post(target: ResolvedTarget, body: bytes, *, headers: Mapping[str, str], seconds: float) -> ReceiverResponse:
    """Send a POST request and return the response. Redirects are not followed. Takes at most `seconds` in total."""
    answer = send(target, body, headers=headers, seconds=seconds)
    return ReceiverResponse(answer.status, answer.content.decode(errors="replace"))


def send(
    target: ResolvedTarget,
    body: bytes,
    *,
    headers: Mapping[str, str],
    seconds: float,
    method: str = "POST",
    max_bytes: int = _MAX_RESPONSE_BYTES,
) -> RawResponse:
    """Send a request and return the response, as `post`; its body is cut at `max_bytes`."""
    try:
        sock = socket.create_connection((target.address, target.port), timeout=seconds)
    except OSError as error:
        raise RequestFailed("The connection failed.") from error
    watch = threading.Timer(seconds, _abort, args=[sock])
    watch.start()
    try:
        return _exchange(target, sock, body, headers, method=method, max_bytes=max_bytes)
    except ssl.SSLError as error:
        raise RequestFailed("TLS failed, or the certificate is not valid.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RequestFailed("There was no valid HTTP response in time.") from error
    finally:
        watch.cancel()
        sock.close()


def _exchange(
    target: ResolvedTarget,
    sock: socket.socket,
    body: bytes,
    headers: Mapping[str, str],
    *,
    method: str,
    max_bytes: int,
) -> RawResponse:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    if target.scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(sock, server_hostname=target.host)
    try:
        connection.request(method, target.path, body=body or None, headers={"Host": _host(target), **headers})
        answer = connection.getresponse()
        return RawResponse(answer.status, dict(answer.getheaders()), answer.read(max_bytes))
    finally:
        connection.close()


def _host(target: ResolvedTarget) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == _PORTS[target.scheme] else f"{host}:{target.port}"


def _abort(sock: socket.socket) -> None:
    """Shut down a connection, to end a read that takes too long."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
