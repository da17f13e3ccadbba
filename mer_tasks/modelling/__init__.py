"""Networks and baselines: batches, training state, calibration, predictions, synthetic segments. Judges nothing."""
