"""Requests to addresses of webhooks: permitted hosts and time limits."""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import socket
import threading
import time
from typing import Any

import pytest

from features.webhooks.outgoing import RequestFailed, is_public, post, resolve, url_error
from tests.features.webhooks.receiver import Receiver


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::", "::1", "fe80::1", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo, of 127.0.0.1
        *("192.0.0.1", "192.0.0.192", "192.0.0.255", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.9"),
        *("240.0.0.1", "239.255.255.255", "::127.0.0.1", "::8.8.8.8", "::ffff:192.0.0.192", "::ffff:0:7f00:1"),
        *(
            "::ffff:0:808:808",
            "64:ff9b::c000:c0",
            "64:ff9b:1::7f00:1",
            "64:ff9b:1:2::808:808",
            "fec0::1",
            "feff::1",
        ),
        *("2002:a00:1::1", "2002:c000:c0::1", "2002:a9fe:a9fe::1", "2001::1", "2001:1ff::1", "2001:db8::1"),
        *("100::1", "3fff::1", "5f00::1", "2620:4f:8000::1", "fdff::1", "ff0e::1"),
    ],
)
def test_private_addresses(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "192.0.1.1", "192.89.0.1", "100.128.0.1", "223.255.255.255", "2606:4700::1111", "2001:200::1"),
        *("64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"),
    ],
)
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_the_list_does_not_depend_on_the_version_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """`is_global` differs between patch releases; here it accepts everything."""
    for kind in (ipaddress.IPv4Address, ipaddress.IPv6Address):
        monkeypatch.setattr(kind, "is_global", True)
    for address in ("10.0.0.1", "192.0.0.192", "127.0.0.1", "::1", "::127.0.0.1", "fe80::1", "fec0::1", "fc00::1"):
        assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "http://",
            "https:///x",
            "http://u:p@x.com",
        ),
        *("http://x.com/#a", "http://x.com:0/", "http://x.com:99999/", "http://x .com", "http://x.com/\r\nA: b"),
        *("http://[::1", "http://exämple.com", None, 1, ["http://x.com"], "http://x.com/" + "x" * 2000),
    ],
)
def test_invalid_urls(url: object) -> None:
    assert url_error(url, allow_private=True)


INWARDS = [
    *("http://127.0.0.1:8000/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://0/"),
    *("http://192.0.0.192/", "http://[64:ff9b:1::7f00:1]/", "http://[::127.0.0.1]/", "http://[fec0::1]/"),
    *("http://169.254.169.254/latest/meta-data", "http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1%25eth0]/"),
]


@pytest.mark.parametrize("url", [*INWARDS, "http://localhost/"])
def test_private_hosts_are_refused(url: str) -> None:
    with pytest.raises(RequestFailed, match="not public"):
        resolve(url, allow_private=False)


@pytest.mark.parametrize("url", INWARDS)
def test_ip_literals_are_checked_without_a_lookup(url: str) -> None:
    assert url_error(url, allow_private=False) == "The host has an address that is not public."
    assert url_error(url, allow_private=True) == ""


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8/", "https://[2606:4700::1111]/", "https://example.com/", "http://localhost/"]
)
def test_valid_urls(url: str) -> None:
    assert url_error(url, allow_private=False) == ""


def test_a_request(receiver: Receiver) -> None:
    answer = post(resolve(receiver.url, allow_private=True), b"{}", headers={"X-A": "b"}, seconds=60)
    assert (answer.status, answer.text, receiver.bodies) == (200, "OK", [b"{}"])
    assert receiver.headers[0]["X-A"] == "b"
    assert receiver.headers[0]["Host"] == receiver.url.split("/")[2]


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.statuses = [302]
    assert post(resolve(receiver.url, allow_private=True), b"{}", headers={}, seconds=60).status == 302
    assert len(receiver.bodies) == 1


def test_a_response_has_a_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = resolve(f"http://127.0.0.1:{silent.getsockname()[1]}/", allow_private=True)
        began = time.monotonic()
        with pytest.raises(RequestFailed, match="no valid HTTP response in time"):
            post(target, b"{}", headers={}, seconds=0.5)
        assert time.monotonic() - began < 20


def test_a_refused_connection() -> None:
    with pytest.raises(RequestFailed, match="connection failed"):
        post(resolve("http://127.0.0.1:1/", allow_private=True), b"{}", headers={}, seconds=60)


def test_a_response_that_trickles_has_the_same_time_limit() -> None:
    """A limit for each read would never be reached."""

    def send_slowly() -> None:
        connection, _ = slow.accept()
        with connection, contextlib.suppress(OSError):
            for _ in range(600):
                connection.sendall(b"H")
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as slow:
        threading.Thread(target=send_slowly, daemon=True).start()
        target = resolve(f"http://127.0.0.1:{slow.getsockname()[1]}/", allow_private=True)
        began = time.monotonic()
        with pytest.raises(RequestFailed, match="no valid HTTP response in time"):
            post(target, b"{}", headers={}, seconds=0.5)
        assert time.monotonic() - began < 20


def test_the_checked_address_is_connected_to(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves differently the second time leads nowhere else."""
    target = resolve(receiver.url, allow_private=True)
    lookup = socket.getaddrinfo

    def lookup_of_addresses(host: str, *arguments: Any, **options: Any) -> Any:
        assert ipaddress.ip_address(host)
        return lookup(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup_of_addresses)
    named = dataclasses.replace(target, host="rebound.example")
    assert post(named, b"{}", headers={}, seconds=60).status == 200
    assert receiver.headers[0]["Host"] == f"rebound.example:{target.port}"
