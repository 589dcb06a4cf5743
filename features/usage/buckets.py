"""The buckets in which request durations are counted."""

# Upper bounds in milliseconds; the last bucket has none.
BOUNDS = (1, 2, 5, 10, 20, 50, 100, 250, 1_000, 5_000)
BUCKETS = tuple(f"b{number}" for number in range(len(BOUNDS) + 1))
