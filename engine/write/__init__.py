"""Insert, update and delete as values: checked first, then executed alone, in bulk, once, or as a dry run."""
