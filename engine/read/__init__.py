"""Pages, aggregation, explain, expanded references."""

from engine.read.aggregate import Distinct
from engine.read.explain import Explanation

__all__ = [
    "Distinct",
    "Explanation",
]
