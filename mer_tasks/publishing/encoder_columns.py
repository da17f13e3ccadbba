"""Columns of ``mer.run`` on the pretrained encoder of a run: its space, its name, its licence, and its embeddings."""

from typing import Any

import pandas as pd

from mer_tasks.encoders.description import Encoder
from mer_tasks.storage.blobs import shared_digest


def encoder_columns(encoder: Encoder | None, tracks: pd.DataFrame) -> dict[str, Any]:
    """Return the columns of a run's row by name; all are None without an encoder.

    Parameters
    ----------
    encoder : Encoder or None
    tracks : pd.DataFrame
        Usable tracks of the run, with ``embedding_key``.
    """
    return {
        "encoder_space": encoder and encoder.space,
        "encoder_name": encoder and encoder.name,
        "encoder_version": encoder and encoder.version,
        "encoder_licence": encoder and encoder.licence,
        "encoder_commercial_use": encoder and encoder.commercial_use,
        "encoder_trained_on": encoder and encoder.trained_on,
        "embeddings_digest": encoder and shared_digest(tracks["embedding_key"]),
    }
