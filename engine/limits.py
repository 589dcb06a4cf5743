"""The caps that bound every request; the settings of the same names give their values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Counts, except times. Commands that take `slow_query_ms` or longer are logged; 0 logs none."""

    depth: int = 32
    query_nodes: int = 2_000
    document_nodes: int = 100_000
    schema_checks: int = 1_000_000
    regex_length: int = 1_000
    batch_documents: int = 10_000
    page_size: int = 1_000
    collection_fields: int = 1_000
    indexes: int = 32
    expand_depth: int = 3
    expanded: int = 10_000
    query_seconds: float = 5.0
    write_seconds: float = 30.0
    slow_query_ms: int = 1_000
