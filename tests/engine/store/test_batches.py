"""Batches of what suspended callers ask for: which items go together, in which order, and who gets which result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from engine import suspension
from engine.store.batches import Batches, each_its_own, outcome_of
from tests.event_loop import in_event_loop


class Recorder:
    """Executes batches by doubling their items, and records them."""

    def __init__(self) -> None:
        self.batches = Batches()
        self.executed: list[list[int]] = []

    def execute(self, items: Sequence[int]) -> list[Any]:
        self.executed.append([*items])
        if 13 in items and len(items) > 1:
            raise LookupError("the whole batch")
        return [ValueError(item) if item < 0 else 2 * item for item in items]

    def ask(self, item: int, **options: Any) -> Callable[[], Any]:
        def work() -> Any:
            current = suspension.current.get()
            assert current is not None
            return self.batches.run(current, "key", self.execute, item, **options)

        return work


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.mark.parametrize("in_loop", [False, True])
def test_what_arrives_together_is_one_batch(recorder: Recorder, in_loop: bool) -> None:
    results = in_event_loop(*(recorder.ask(item, in_loop=in_loop) for item in range(5)))
    assert results == [0, 2, 4, 6, 8]
    assert recorder.executed == [[0, 1, 2, 3, 4]]


def test_a_batch_has_at_most_64_items_and_the_next_one_follows_it(recorder: Recorder) -> None:
    results = in_event_loop(*(recorder.ask(item) for item in range(14, 214)))
    assert results == [2 * item for item in range(14, 214)]
    assert [len(batch) for batch in recorder.executed] == [64, 64, 64, 8]
    assert [item for batch in recorder.executed for item in batch] == [*range(14, 214)]


def test_items_of_one_identity_follow_each_other_in_order(recorder: Recorder) -> None:
    items = [(1, "a"), (2, "b"), (3, "a"), (4, "a"), (5, "b"), (6, None)]
    in_event_loop(*(recorder.ask(item, identity=identity) for item, identity in items))
    assert recorder.executed == [[1, 2, 6], [3, 5], [4]]


def test_an_error_reaches_the_caller_of_its_item(recorder: Recorder) -> None:
    results = in_event_loop(*(recorder.ask(item) for item in (1, -2, 3, -4)))
    assert [repr(result) for result in results] == ["2", "ValueError(-2)", "6", "ValueError(-4)"]


def test_an_error_of_the_whole_batch_reaches_all_and_the_next_batch_is_executed(recorder: Recorder) -> None:
    def twice() -> Any:
        return outcome_of(recorder.ask(13)), recorder.ask(7)()

    results = in_event_loop(twice, partial(outcome_of, recorder.ask(2)))
    assert repr(results) == "[(LookupError('the whole batch'), 14), LookupError('the whole batch')]"
    assert recorder.executed == [[13, 2], [7]]


def test_nothing_is_left_of_a_key_whose_batches_have_ended(recorder: Recorder) -> None:
    in_event_loop(*(recorder.ask(item) for item in range(3)))
    assert recorder.batches._queues == {}


def test_an_outcome_is_a_result_or_an_exception() -> None:
    assert outcome_of(lambda: 1) == 1
    assert repr(outcome_of(partial(int, "x"))).startswith("ValueError")


def test_each_name_gets_a_document_of_its_own() -> None:
    documents = {1: {"a": [1]}}
    first, missing, second = each_its_own(documents, [1, 2, 1])
    assert (first, missing, second) == ({"a": [1]}, None, {"a": [1]})
    assert first is documents[1]
    assert second is not None
    assert second["a"] is not documents[1]["a"]
