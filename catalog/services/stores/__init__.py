"""The stores of the clusters: what a process has of each."""
