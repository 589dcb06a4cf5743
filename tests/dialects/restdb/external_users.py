"""An external identity provider, its users, and their requests to a database."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.support import Tenant

SECRET = "an outside secret that is long enough for HS256"
FULL = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Pair:
    """An RSA key in PEM."""

    private: str
    public: str


def make_pair(bits: int = 2048) -> Pair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Pair(private.decode(), public.decode())


def token(email: str | None, *, key: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    members = {"exp": int(time.time()) + 300, **({"email": email} if email is not None else {}), **claims}
    return jwt.encode(
        {name: value for name, value in members.items() if value is not None}, key, algorithm=algorithm
    )


def add_issuer(tenant: Tenant, **members: Any) -> dict[str, Any]:
    body = {"database_id": tenant.database, "name": "Auth0", "algorithm": "HS256", "key": SECRET, **members}
    answer = tenant.ask("POST /api/issuers", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["issuer"]


@dataclass(frozen=True)
class ExternalUser:
    """A client with the token of an external user for one database."""

    tenant: Tenant
    token: str
    base: str = ""

    def ask(self, route: str, **request: Any) -> httpx.Response:
        """`ask("GET people?max=1")` below `/rest`, `ask("GET /auth/userinfo")` below the database."""
        verb, path = route.split(" ", 1)
        below = path if path.startswith("/") else f"/rest/{path}"
        headers = {"Authorization": f"Bearer {self.token}"} | request.pop("headers", {})
        address = f"/db/{self.base or self.tenant.database}{below}"
        return self.tenant.client.request(verb, address, headers=headers, **request)

    def get(self, path: str, **params: str) -> Any:
        answer = self.ask(f"GET {path}", params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make(self, collection: str, **document: Any) -> str:
        answer = self.ask(f"POST {collection}", json=document)
        assert answer.status_code == 201, answer.text
        return answer.json()["_id"]
