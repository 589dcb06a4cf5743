"""The same work as the service's, by pymongo alone: 2 processes of several threads, the same write concern."""

from __future__ import annotations

import multiprocessing
import random
import sys
import threading
import time
from datetime import UTC, datetime

import orjson
from bson import ObjectId
from pymongo import MongoClient


def main() -> None:
    """Reads {uri, database, collection, workload, ids, document, seconds, threads} as JSON; prints operations/s."""
    order = orjson.loads(sys.stdin.buffer.read())
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        rates = pool.map(_work, [order | {"seed": seed} for seed in range(2)])
    print(sum(rates))


def _work(order: dict) -> float:
    client = MongoClient(order["uri"], w="majority", journal=True)
    collection = client[order["database"]][order["collection"]]
    collection.find_one()
    ids = [ObjectId(text) for text in order["ids"]]
    counts = [0] * order["threads"]
    ends = time.monotonic() + order["seconds"]

    def loop(number: int) -> None:
        chance = random.Random(order["seed"] * 100 + number)
        operation = _OPERATIONS[order["workload"]]
        while time.monotonic() < ends:
            operation(collection, order, ids, chance)
            counts[number] += 1

    threads = [threading.Thread(target=loop, args=(number,)) for number in range(order["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / order["seconds"]


def _insert(collection, order, ids, chance) -> None:
    now = datetime.now(UTC)
    stamps = {"version": 1, "created": now, "created_by": "k1", "updated": now, "updated_by": "k1"}
    collection.insert_one(orjson.loads(order["document"]) | {"_sys": stamps})


def _read(collection, order, ids, chance) -> None:
    orjson.dumps(collection.find_one({"_id": chance.choice(ids)}), default=str)


def _page(collection, order, ids, chance) -> None:
    found = collection.find().sort("_id", 1).skip(50 * chance.randrange(20)).limit(50)
    orjson.dumps(list(found), default=str)


def _update(collection, order, ids, chance) -> None:
    change = {
        "$set": {"visits": chance.randrange(1_000_000), "_sys.updated": datetime.now(UTC)},
        "$inc": {"_sys.version": 1},
    }
    collection.update_one({"_id": chance.choice(ids)}, change)


_OPERATIONS = {"insert": _insert, "read": _read, "page": _page, "update": _update}

if __name__ == "__main__":
    main()
