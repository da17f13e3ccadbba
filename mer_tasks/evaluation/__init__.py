"""Evaluation of predictions: metrics, confidence intervals and significance tests. Must not fit a model or publish anything."""
