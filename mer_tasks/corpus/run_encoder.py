"""Pretrained encoder of a run: which one it is, and its files in the object store.

In: the configuration, or the model that a run uses. Out: the document ``discover/pretrained_encoder.json``, and the encoder's
files below ``encoders/<space>/``. A model passes on the encoder of its training run, whatever is configured now, because
vectors of two spaces are never compared.
"""

from collections.abc import Mapping
from dataclasses import replace

from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.folder import DESCRIPTION, MODEL, EncoderFolder, read_encoder, read_stored_encoder, store_encoder
from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.runs.artifacts import ENCODER
from mer_tasks.runs.run import Run

STAGE = "discover"


def encoder_prefix(space: str) -> str:
    """Return the prefix of the files of the encoder with this space.

    Examples
    --------
    >>> encoder_prefix("0123")
    'encoders/0123'
    """
    return f"encoders/{space}"


def write_encoder(run: Run, model: Mapping[str, str] | None) -> dict[str, str]:
    """Find the encoder of a run, put its files into the store, and write its description to the run.

    Parameters
    ----------
    run : Run
    model : mapping, optional
        ``run_id`` of the model that the run uses: the encoder is then that of its training run. None: the configured one.

    Returns
    -------
    dict
        ``encoder``, the encoder's space, for the manifest of stage `discover`; empty if there is no encoder.

    Raises
    ------
    ConfigError
        If the configured encoder cannot be used, or this version of the code computes other vectors than the model's run did.
    ObjectMissing
        If the store does not have the encoder of the model any more, and the configured one is another.
    AccessDenied, TransientError
        If a store refuses access or does not answer.
    """
    encoder = _of_model(run, replace(run, run_id=model["run_id"])) if model else _configured(run)
    if encoder is None:
        return {}
    run.write_json(STAGE, ENCODER, encoder.document)
    return {"encoder": encoder.space}


def stored_encoder(run: Run) -> EncoderFolder:
    """Read the files of the run's encoder from the store; raises :class:`ObjectMissing` if they are gone."""
    encoder = run.encoder
    if encoder is None:
        raise ConfigError(f"run {run.run_id}: no encoder, expected one for its embeddings")
    check_space(run, encoder)
    if not _is_stored(run, encoder):
        raise _gone(run, encoder)
    return read_stored_encoder(run.store, encoder_prefix(encoder.space))


def check_space(run: Run, encoder: Encoder) -> None:
    """Check that this code computes the vectors of `encoder` as it did in `run`; raises :class:`ConfigError`."""
    if encoder.space != run.space:
        raise ConfigError(
            f"run {run.run_id}: encoder {encoder} has space {encoder.space[:12]} in this version of the platform, expected"
            f" {(run.space or '')[:12]} as in that run: train a new model"
        )


def _configured(run: Run) -> Encoder | None:
    """Read and store the configured encoder."""
    if not run.config.encoder:
        return None
    folder = read_encoder(run.config.encoder)
    _store(run, folder)
    return folder.encoder


def _of_model(run: Run, trained: Run) -> Encoder | None:
    """Return the encoder of the run that trained a model; its files are put back if the configured encoder is the same."""
    encoder = trained.encoder
    if encoder is None:
        return None
    check_space(trained, encoder)
    if not _is_stored(run, encoder):
        folder = read_encoder(run.config.encoder) if run.config.encoder else None
        if folder is None or folder.encoder.space != encoder.space:
            raise _gone(trained, encoder)
        _store(run, folder)
    return encoder


def _store(run: Run, folder: EncoderFolder) -> None:
    """Put the files of an encoder into the store, unless they are there; a mended golden file replaces the stored one."""
    prefix = encoder_prefix(folder.encoder.space)
    sizes = {info.key: info.size for info in run.store.list(f"{prefix}/")}
    files = {f"{prefix}/{name}": (name, data) for name, data in folder.files.items()}
    # the space has the model's sha256, so its size is enough
    if any(
        sizes.get(key) != len(data) or (name != MODEL and run.store.get(key) != data) for key, (name, data) in files.items()
    ):
        store_encoder(folder, run.store, prefix)


def _is_stored(run: Run, encoder: Encoder) -> bool:
    return all(run.store.exists(f"{encoder_prefix(encoder.space)}/{name}") for name in (DESCRIPTION, MODEL))


def _gone(trained: Run, encoder: Encoder) -> ObjectMissing:
    place = trained.store.uri(encoder_prefix(encoder.space))
    return ObjectMissing(
        f"{place}: no encoder there, expected {encoder}, which the model of run {trained.run_id} needs: set MER_ENCODER to its"
        " folder, which puts it back, or promote another model (rollback)"
    )
