"""The same work as the service's, by pymongo alone: 2 processes of several threads, the same write concern."""

from __future__ import annotations

import multiprocessing
import random
import resource
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from bson import ObjectId
from pymongo import MongoClient

from bench.documents import COUNT, document, email


def main() -> None:
    """Reads {uri, database, collection, workload, ids, seconds, threads} as JSON; prints what it measured."""
    order = orjson.loads(sys.stdin.buffer.read())
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(_work, [order | {"seed": seed} for seed in range(2)])
    lasted = sorted(item for one in found for item in one["lasted"])
    told = {
        "rate": sum(one["rate"] for one in found),
        "cpu": sum(one["cpu"] for one in found),
        "p50": lasted[len(lasted) // 2],
        "p99": lasted[len(lasted) * 99 // 100],
    }
    print(orjson.dumps(told).decode())


def _work(order: dict[str, Any]) -> dict[str, Any]:
    client = MongoClient[dict[str, Any]](order["uri"], w="majority", journal=True)
    collection = client[order["database"]][order["collection"]]
    collection.find_one()
    ids = [ObjectId(text) for text in order["ids"]]
    operation = _OPERATIONS[order["workload"]]
    lasted: list[float] = []
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()

    def loop(number: int) -> None:
        chance = random.Random(order["seed"] * 100 + number)
        while (started := time.monotonic()) < began + order["seconds"]:
            operation(collection, ids, chance)
            lasted.append((time.monotonic() - started) * 1000)

    threads = [threading.Thread(target=loop, args=(number,)) for number in range(order["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rate": len(lasted) / took, "cpu": cpu, "lasted": lasted}


def _insert(collection: Any, ids: list[ObjectId], chance: random.Random) -> None:
    collection.insert_one(_ONE | {"_sys": _new_stamps(), "email": email(chance.randrange(COUNT))})


def _batch(collection: Any, ids: list[ObjectId], chance: random.Random) -> None:
    collection.insert_many([item | {"_sys": _new_stamps()} for item in _MANY])


def _new_stamps() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"version": 1, "created": now, "created_by": "k1", "updated": now, "updated_by": "k1"}


def _read(collection: Any, ids: list[ObjectId], chance: random.Random) -> None:
    orjson.dumps(collection.find_one({"_id": chance.choice(ids)}), default=str)


def _filter(collection: Any, ids: list[ObjectId], chance: random.Random) -> None:
    found = collection.find({"email": email(chance.randrange(COUNT))}).limit(50)
    orjson.dumps(found.to_list(), default=str)


def _page(collection: Any, ids: list[ObjectId], chance: random.Random) -> None:
    found = collection.find({"active": True}).sort([("email", 1), ("_id", 1)])
    orjson.dumps(found.skip(50 * chance.randrange(20)).limit(50).to_list(), default=str)


def _update(collection: Any, ids: list[ObjectId], chance: random.Random) -> None:
    change = {
        "$set": {"visits": chance.randrange(1_000_000), "_sys.updated": datetime.now(UTC)},
        "$inc": {"_sys.version": 1},
    }
    collection.update_one({"_id": chance.choice(ids)}, change)


_ONE = document(0)
_MANY = [document(number) for number in range(1_000)]
_OPERATIONS: Mapping[str, Callable[..., None]] = {
    "insert": _insert,
    "read": _read,
    "filter": _filter,
    "page": _page,
    "update": _update,
    "batch": _batch,
}

if __name__ == "__main__":
    main()
