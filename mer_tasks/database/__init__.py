"""Postgres: connections, migrations, copying tables, reading views. Knows the schema, not what a stage does with it."""
