"""Who acts on which collection with which store."""

from engine.context.context import PLANNED, now
from engine.context.ids import id_prefix, new_id
from engine.context.spec import Spec

__all__ = [
    "PLANNED",
    "Spec",
    "id_prefix",
    "new_id",
    "now",
]
