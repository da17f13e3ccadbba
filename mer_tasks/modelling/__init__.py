"""Models: networks, baselines, batches, training state, calibration and predictions. Must not evaluate a model."""
