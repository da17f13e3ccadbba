"""Names of the documents that stages leave for each other."""

MODEL, HISTORY = "music_emotion_model.keras", "Music_emotion_history.json"
"""Of stage `train`."""
COMPARISON = "challenge.json"
"""Of stage `challenge`: the comparison of the run's model with the champion."""
PREDICTIONS = "predictions.parquet"
"""Of stages `thresholds`, `evaluate` and `trial`: a row of probabilities and decisions for each track."""
