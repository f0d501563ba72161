"""Results as a table in Postgres."""
