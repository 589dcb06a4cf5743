"""Pages, aggregation, explain, expanded references."""
