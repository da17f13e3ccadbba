"""Stages of the music emotion recognition (MER) batch platform: plain Python that knows nothing of Airflow."""

__version__ = "0.1.0"
