"""The documents of a collection: the grid, one document, and the end of many."""
