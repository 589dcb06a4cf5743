"""A running service with an account, a database and the collections of the measurements."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pymongo import MongoClient

from bench.targets import Service, add_indexes
from datacube.local import paths, test_service


class Installation:
    """A tenant of its own on the service at `url`, whose home is `home`. Its client sends a key."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self._home = url, home
        socket = quote(str(paths.sockets(of=home) / "m.sock"), safe="")
        self.uri = f"mongodb://{socket}/?replicaSet=datacube"
        self.client = httpx.Client(base_url=url, timeout=600, trust_env=False)
        self._key = self._register()

    def _register(self) -> str:
        """Create an account with a database and three collections, and return its key."""
        name = f"bench-{random.SystemRandom().randrange(10**12)}"
        names = {"firstName": "B", "lastName": "B"}
        person = {"email": f"{name}@example.com", "password": "to-be-measured-1"} | names
        self._posted("/core/register", person)
        self.client.headers["Authorization"] = f"Bearer {self._posted('/core/login', person)['access']}"
        fields = [{"name": "email"}, {"name": "age", "type": "number"}]
        people = {"name": "people", "fields": fields}
        collections = [people, people | {"name": "plain", "history": False}, people | {"name": "rows"}]
        created = self._posted("/api/create_database", {"db_name": name, "collections": collections})
        self.database = created["database"]["id"]
        metadata = self.client.get("/api/get_metadata", params={"database_id": self.database}).raise_for_status()
        self.physical = metadata.json()["data"]["dbName"]
        actions = ["read", "insert", "write", "delete", "design"]
        key = self._posted("/api/keys", {"name": "bench", "actions": actions})["key"]
        # An access token would expire before the last rounds.
        self.client.headers["Authorization"] = f"Api-Key {key}"
        return key

    def _posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.client.post(path, json=body).raise_for_status().json()

    def service(self, name: str, collection: str) -> Service:
        """Fill a collection, and return it as a target."""
        headers = {"Authorization": f"Api-Key {self._key}"}
        service = Service(
            name, self.url, lambda: iter(test_service.web_processes(home=self._home)), headers=headers
        )
        service.database, service.collection = self.database, collection
        service.fill()
        return service

    def stored_name(self, collection: str) -> str:
        """Return the name of a collection in MongoDB."""
        with MongoClient[dict[str, Any]](self.uri) as client:
            names = client[self.physical].list_collection_names()
        return next(name for name in names if name.startswith(collection) and "." not in name)

    def add_indexes(self, *collections: str) -> None:
        add_indexes(self.uri, self.physical, [*map(self.stored_name, collections)])

    def settle(self) -> None:
        """Let mongod write what it has cached, so that the next target does not wait for it."""
        with MongoClient[dict[str, Any]](self.uri) as client:
            client.admin.command("fsync")
