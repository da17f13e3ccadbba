"""Changes of what Postgres serves: staging tables, served predictions, the champion and its rollback, unscored tracks.

This package must not compute metrics, train models or make reports; it calls `mer_tasks.evaluation` to compare two models.
"""
