"""A run: its configuration, its documents in the store, its shards, and the order of its stages. Computes no result."""
