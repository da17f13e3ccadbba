"""Decode and analyse audio: tags, spectral features, clips, fingerprints, and the search for equal recordings.

Modules here must not depend on runs, labels or object stores.
"""
