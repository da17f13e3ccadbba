"""Names of documents that a stage leaves and other modules read: a name that one module alone uses is in that module."""

MODEL, HISTORY = "music_emotion_model.keras", "Music_emotion_history.json"
"""Of stage `train`."""
CHALLENGE = "challenge.json"
"""Of stage `challenge`: the comparison of the run's model with the champion."""
PREDICTIONS = "predictions.parquet"
"""Of stages `thresholds`, `evaluate` and `trial`: a row of probabilities and decisions for each track."""
