"""A server of the protocol of chat completions, which answers what a test says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def answer(text: Any) -> bytes:
    """Return the body of an answer of the protocol."""
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}).encode()


@dataclass
class FakeModel:
    """The server's address, what it received, and what it answers."""

    url: str = ""
    status: int = 200
    content: bytes = b""
    delay: float = 0.0
    requests: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sent(self) -> str:
        """The texts of all messages that were received."""
        return "\n".join(item["content"] for request in self.requests for item in request["body"]["messages"])


@contextmanager
def running() -> Iterator[FakeModel]:
    model = FakeModel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.requests.append({"path": self.path, "key": self.headers["Authorization"], "body": body})
            time.sleep(model.delay)
            self.send_response(model.status)
            self.send_header("Content-Length", str(len(model.content)))
            self.end_headers()
            with suppress(BrokenPipeError):
                self.wfile.write(model.content)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
