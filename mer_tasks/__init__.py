"""Stages of the music emotion recognition (MER) batch platform. They are plain Python and do not depend on Airflow."""

__version__ = "0.1.0"
