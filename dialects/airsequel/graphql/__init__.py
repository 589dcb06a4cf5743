"""GraphQL over the tables of a database, by graphql-core."""
