"""The tracks of a run: usable tracks, cached features, segments, groups, and the leak certificate. Fits no model."""
