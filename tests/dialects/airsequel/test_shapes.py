"""The shared parts of declared operations."""

from __future__ import annotations

from dialects.airsequel.shapes import Nothing, operation


def test_path_parameters_are_described() -> None:
    declared = operation(
        "get", "/dbs/{db_id}/x/{y}", "x", "X", "Text.", variables={"y": "Why."}, responses={200: Nothing}
    ).as_dict()
    described = [(item["name"], item["description"]) for item in declared["parameters"]]
    assert described == [("db_id", "The id of a database."), ("y", "Why.")]
    error = declared["responses"]["404"]["content"]["application/json"]["schema"]
    assert error == {"$ref": "#/components/schemas/AirsequelError"}
