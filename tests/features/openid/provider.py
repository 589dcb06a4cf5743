"""A small OpenID Connect provider over HTTP on a local port, with real keys and signatures."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

CLIENT_ID, CLIENT_SECRET = "datacube", "s3cret/with:signs"


@cache
def new_key(name: str) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(name: str) -> dict[str, Any]:
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(new_key(name).public_key()))
    return {**jwk, "kid": name, "use": "sig", "alg": "RS256"}


@dataclass
class FakeProvider:
    """The provider's state. Tests change what it says: `user`, `claims` (overrides), `document`, `sign`."""

    url: str
    user: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    published_keys: tuple[str, ...] = ("key-1",)
    signing_key: str = "key-1"
    named_key: str = ""
    issued: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            **self.document,
        }

    def authorize(self, address: str) -> dict[str, str]:
        """Return the parameters with which the provider sends the browser back, as if the user had agreed."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code" and query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.issued[code] = query
        return {"code": code, "state": query["state"]}

    def token_response(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Check the request as RFC 6749 and RFC 7636 require, and return status and body."""
        query = self.issued.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if query is None or query["code_challenge"] != challenge or form["redirect_uri"] != query["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if not self._is_client(form, authorization):
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(query["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.user,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(
            claims, new_key(self.signing_key), "RS256", headers={"kid": self.named_key or self.signing_key}
        )

    def _is_client(self, form: dict[str, str], authorization: str) -> bool:
        if authorization:
            name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            return (unquote(name), unquote(secret)) == (CLIENT_ID, CLIENT_SECRET)
        return form.get("client_secret") == CLIENT_SECRET


@contextmanager
def serving() -> Iterator[FakeProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            provider.requests.append(path)
            if path == "/.well-known/openid-configuration":
                self.reply(200, provider.configuration())
            elif path == "/keys":
                self.reply(200, {"keys": [public_jwk(name) for name in provider.published_keys]})
            elif path == "/userinfo" and self.headers["Authorization"] == "Bearer at":
                self.reply(200, provider.userinfo)
            elif path == "/authorize":
                query = parse_qs(urlsplit(self.path).query)
                self.send_response(302)
                target = f"{query['redirect_uri'][0]}?{urlencode(provider.authorize(self.path))}"
                self.send_header("Location", target)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self.reply(404, {})

        def do_POST(self) -> None:
            provider.requests.append(self.path)
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(raw).items()}
            provider.forms.append(form)
            self.reply(*provider.token_response(form, self.headers.get("Authorization", "")))

        def reply(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Not among the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = FakeProvider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
