"""Documents as trees, and the parts that are loaded later."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dashboard.documents import json_tree
from dashboard.documents.json_tree import Node


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("é", "string", '"é"'),
        ("", "string", '""'),
        (True, "boolean", "true"),
        (7, "number", "7"),
        (1.5, "number", "1.5"),
        (None, "null", "null"),
        ("x" * 998, "string", f'"{"x" * 998}"'),
    ],
)
def test_a_value_is_a_node_with_its_kind(value: Any, kind: str, text: str) -> None:
    assert json_tree.tree({'a"b': value}) == [Node('"a\\"b"', kind, text)]


def test_a_long_text_is_cut_and_can_be_loaded() -> None:
    cut = '"' + "x" * 999 + "…"
    assert json_tree.tree({"a": ["x" * 999]})[0].children == [
        Node("0", "long", cut, count=999, query="key=a&key=0&from=0")
    ]


def test_nested_members_have_keys_or_indexes() -> None:
    assert json_tree.tree({"a": {"b": [1]}, "c": {}, "d": []}) == [
        Node(
            '"a"',
            "object",
            count=1,
            children=[Node('"b"', "array", count=1, children=[Node("0", "number", "1")])],
        ),
        Node('"c"', "object"),
        Node('"d"', "array"),
    ]
    assert [node.is_container for node in json_tree.tree({"a": {}, "b": [], "c": 1})] == [True, True, False]


def test_three_levels_are_open() -> None:
    node = json_tree.tree({"a": {"b": {"c": {"d": 1}}}})[0]
    while node.children:
        (node,) = node.children
    assert node == Node('"d"', "number", "1")
    node = json_tree.tree({"a": {"b": {"c": {"d": {"e": 1}}}}})[0]
    while node.children:
        (node,) = node.children
    assert node == Node('"d"', "object", count=1, query="key=a&key=b&key=c&key=d&from=0")


@pytest.mark.parametrize(("count", "is_open"), [(20, True), (21, False)])
def test_only_short_members_are_open(count: int, is_open: bool) -> None:
    (node,) = json_tree.tree({"a b": [0] * count})
    assert (len(node.children), node.count) == (count if is_open else 0, count)
    assert node.query == ("" if is_open else "key=a+b&from=0")


def test_the_whole_tree_has_at_most_three_hundred_nodes() -> None:
    nodes = json_tree.tree({str(number): [0] * 20 for number in range(20)})
    assert sum(1 + len(node.children) for node in nodes) <= 300
    assert [bool(node.children) for node in nodes] == [True] * 14 + [False] * 6


def test_long_arrays_are_paged() -> None:
    nodes = json_tree.part({"a": [*range(205)]}, ["a"], start=0)
    assert [node.text for node in nodes[:-1]] == [str(number) for number in range(100)]
    assert nodes[-1] == Node("", "more", count=105, query="key=a&from=100")
    rest = json_tree.part({"a": [*range(205)]}, ["a"], start=200)
    assert [(node.key, node.text) for node in rest] == [(str(number), str(number)) for number in range(200, 205)]
    assert json_tree.part({"a": [1]}, ["a"], start=7) == []


def test_an_exact_page_has_no_rest() -> None:
    assert len(json_tree.part([0] * 100, [], start=0)) == 100


def test_a_part_keeps_the_whole_path() -> None:
    value = {"a": [{"b": {"c": [0] * 21}}]}
    (node,) = json_tree.part(value, ["a", "0", "b"], start=0)
    assert node == Node('"c"', "array", count=21, query="key=a&key=0&key=b&key=c&from=0")


def test_a_long_text_is_loaded_as_a_whole() -> None:
    assert json_tree.part({"a": "x" * 2000}, ["a"], start=0) == [Node("", "string", f'"{"x" * 2000}"')]


@pytest.mark.parametrize(
    "keys",
    [
        *(["b"], ["a", "2"], ["a", "-1"], ["a", "x"], ["a", "²"], ["a", "9" * 10], ["a", "0", "b"], [""]),
        *(["a", "0"], ["null"], ["true"]),
    ],
)
def test_an_unknown_path_is_refused(keys: list[str]) -> None:
    with pytest.raises(engine.NotFound) as caught:
        json_tree.part({"a": [1, 2], "null": None, "true": True}, keys, start=0)
    assert caught.value.message == "The document has no such path."
