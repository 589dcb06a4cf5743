"""Compiled queries: what graphql-core computes for each request of the same query is computed once."""
