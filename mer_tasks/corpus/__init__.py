"""Tracks of a run: usable tracks, labels, groups, parts of the split, segments and the leak certificate.

Modules here read and prepare data. They must not fit a model.
"""
