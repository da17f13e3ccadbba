"""Postgres: connections, migrations, copying of tables, and queries on views.

Modules here depend on the schema ``mer``. They must not depend on a stage.
"""
