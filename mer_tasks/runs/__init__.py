"""A run: its configuration, its documents in the store, its shards, and the order of its stages.

Modules here read, write and call. What a stage computes belongs to the packages above.
"""
