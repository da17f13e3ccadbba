"""Metrics, intervals and tests of significance on labels and predictions. Fits no model and publishes nothing."""
