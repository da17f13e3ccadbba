"""What a run changes in Postgres: staging tables, served predictions, the champion. Computes no metric."""
