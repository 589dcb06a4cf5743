"""The bridge: hosts that a function may call, and what it cannot reach by them."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from features.environment.models import InstallationSettings
from features.functions.bridge import ContextBridge


class _Echo(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("X-Seen", f"{self.path} {self.headers['Host']} {self.headers['X-A']}")
        self.end_headers()
        self.wfile.write(body.upper())

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_fetch_reaches_allowed_hosts_alone(owner: PersonPrincipal, settings: Any, port: int) -> None:
    bridge = ContextBridge(owner, "d")
    url = f"http://127.0.0.1:{port}/a?b=1"
    headers = {"x-a": "b", "host": "forged"}
    arguments = {"url": url, "method": "PUT", "headers": headers, "body": base64.b64encode(b"hello").decode()}
    refused = [
        (arguments, "Functions may not call 127.0.0.1"),
        ({**arguments, "method": "CONNECT"}, "Must be one of GET"),
        ({**arguments, "url": "http://[::1"}, "the address is not valid"),
        ({**arguments, "url": 5}, "Must be a string"),
    ]
    settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS = True
    for wrong, text in refused:
        with pytest.raises(engine.Invalid, match=text):
            bridge("fetch", wrong, 60.0)
    InstallationSettings.objects.update_or_create(pk=1, defaults={"allowed_hosts": [f"127.0.0.1:{port}"]})
    answer = bridge("fetch", arguments, 60.0)
    assert (answer["status"], base64.b64decode(answer["body"])) == (201, b"HELLO")
    assert answer["headers"]["X-Seen"] == f"/a?b=1 127.0.0.1:{port} b"
    for wrong, text in [
        ({**arguments, "body": "?"}, "fetch failed"),
        ({**arguments, "headers": {"a": "b\r\nc"}}, "fetch"),
    ]:
        with pytest.raises(engine.Invalid, match=text):
            bridge("fetch", wrong, 60.0)
    settings.WEBHOOK_ALLOW_PRIVATE_NETWORKS = False
    with pytest.raises(engine.Invalid, match="The host has an address that is not public"):
        bridge("fetch", arguments, 60.0)


def test_unknown_calls_are_refused(owner: PersonPrincipal) -> None:
    bridge = ContextBridge(owner, "d")
    with pytest.raises(engine.Invalid, match="The context has no drop"):
        bridge("drop", {}, 60.0)
    with pytest.raises(engine.NotFound):
        bridge("find", {"collection": "films"}, 60.0)
