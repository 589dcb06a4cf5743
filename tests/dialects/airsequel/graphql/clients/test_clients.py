"""Published clients of npm, unmodified: graphql-request, urql, graphql-ws and graphql-sse."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.airsequel.graphql.support import GraphClient
from tests.node_packages import SECONDS, install, node_environment

HERE = Path(__file__).parent
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_500)]
NOTHING = "Cannot query field 'nothing' on type 'Query'."


def run(client: str, graph: GraphClient, version: str) -> Any:
    """Return what the program answers."""
    base = str(graph.tenant.client.base_url).rstrip("/")
    variables = {
        "URL": f"{base}/dbs/{graph.database}/graphql{version}",
        "AUTHORIZATION": graph.tenant.bearer,
        "CLIENT_MODULES": str(install(HERE, name="graphql-clients")),
    }
    ended = subprocess.run(
        ["node", str(HERE / "clients.js"), client],
        env={**node_environment(), **variables},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def test_graphql_request(graph: GraphClient) -> None:
    assert run("graphql-request", graph, "") == {
        "inserted": {"insert_songs": {"returning": [{"title": "request"}]}},
        "read": {"songs": [{"title": "request"}]},
        "batch": {"a": [], "b": None},
        "error": NOTHING,
    }


def test_urql(graph: GraphClient) -> None:
    """urql adds `__typename` to every selection."""
    answer = run("urql", graph, "")
    song = {"title": "urql", "__typename": "songs_row"}
    assert answer["inserted"]["insert_songs"]["returning"] == [song]
    assert (answer["read"], answer["error"]) == ({"songs": [song]}, NOTHING)


@pytest.mark.parametrize("client", ["graphql-ws", "graphql-sse"])
def test_subscriptions(graph: GraphClient, client: str) -> None:
    assert run(client, graph, "/v2") == {"grown": 1, "last": f"live {client}"}
