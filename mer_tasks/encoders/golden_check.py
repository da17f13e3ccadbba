"""Golden check: does this machine compute the vectors that the author of an encoder has computed?

In: an encoder's files, and a process that runs it. Out: the smallest cosine of a vector of the golden audio to its golden
vector, or one line that says what is wrong.
"""

import io

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.encoders.encoder_process import EncoderProcess
from mer_tasks.encoders.folder import EncoderFolder
from mer_tasks.errors import AudioError, ConfigError

LONGEST_GOLDEN = 120
"""Longest golden audio, in seconds; each machine embeds it before it embeds tracks."""
SMALLEST_COSINE = 0.9999
LENGTH_TOLERANCE = 0.01
"""Largest relative difference of the length of a vector from that of its golden vector, which a cosine does not see."""

Array32 = npt.NDArray[np.float32]


def check_encoder(folder: EncoderFolder, process: EncoderProcess | None = None) -> float:
    """Run the encoder on its golden audio, and return the smallest cosine of a window's vector to its golden vector.

    Parameters
    ----------
    folder : EncoderFolder
    process : EncoderProcess, optional
        Process that runs the encoder. None: one is started, and ended.

    Raises
    ------
    ConfigError
        If the model is refused, fails, or a cosine is below 0.9999: this machine does not compute the encoder's vectors.
    """
    encoder = folder.encoder
    where = f"encoder {encoder} ({folder.source})"
    samples = _golden_samples(folder, where)
    expected = _golden_vectors(folder, where, encoder.windows(len(samples)))
    if process is None:
        with EncoderProcess(encoder, folder.model) as started:
            return _compare(started, samples, expected, where)
    return _compare(process, samples, expected, where)


def _golden_samples(folder: EncoderFolder, where: str) -> Array32:
    import soundfile

    name = folder.encoder.golden.audio
    try:
        with soundfile.SoundFile(io.BytesIO(folder.files[name])) as sound:
            form = (sound.samplerate, sound.channels)
            samples: Array32 = sound.read(SAMPLE_RATE * LONGEST_GOLDEN + 1, dtype="float32")
    except soundfile.LibsndfileError as error:
        raise ConfigError(f"{where}: {name}: {error}, expected a FLAC or WAV file") from None
    if form != (SAMPLE_RATE, 1):
        raise ConfigError(f"{where}: {name} has {form[0]} Hz and {form[1]} channels, expected {SAMPLE_RATE} Hz and 1 channel")
    if not 0 < len(samples) <= SAMPLE_RATE * LONGEST_GOLDEN:
        raise ConfigError(f"{where}: {name} has {len(samples)} samples or more, expected 1 to {SAMPLE_RATE * LONGEST_GOLDEN}")
    return samples


def _golden_vectors(folder: EncoderFolder, where: str, windows: int) -> Array32:
    name = folder.encoder.golden.vector
    shape = (windows, folder.encoder.size)
    try:
        vectors = np.load(io.BytesIO(folder.files[name]), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError) as error:
        raise ConfigError(f"{where}: {name}: {error}, expected a NumPy file (.npy)") from None
    if not isinstance(vectors, np.ndarray) or vectors.dtype != np.float32 or vectors.shape != shape:
        found = f"{vectors.dtype} {list(vectors.shape)}" if isinstance(vectors, np.ndarray) else "several arrays"
        raise ConfigError(f"{where}: {name} has {found}, expected float32 {list(shape)}: the vectors of the golden audio")
    if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
        raise ConfigError(f"{where}: {name} has NaN, infinite numbers or a vector of zeros, expected none")
    return vectors


def _compare(process: EncoderProcess, samples: Array32, expected: Array32, where: str) -> float:
    try:
        vectors = process.embed(samples)
    except AudioError as error:
        raise ConfigError(f"{where}: the golden audio has no vector: {error}") from None
    if vectors.shape != expected.shape:
        raise ConfigError(f"{where}: vectors of shape {list(vectors.shape)}, expected {list(expected.shape)}")
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    golden_lengths = np.linalg.norm(expected.astype(np.float64), axis=1)
    products = (vectors.astype(np.float64) * expected).sum(axis=1)
    cosine = float((products / np.maximum(lengths * golden_lengths, np.finfo(float).tiny)).min())
    if cosine < SMALLEST_COSINE:
        raise ConfigError(
            f"{where}: a vector of the golden audio has cosine {cosine:.6f} to its golden vector, expected at least"
            f" {SMALLEST_COSINE}: this machine does not compute what the encoder's author has computed"
        )
    ratio = lengths / golden_lengths
    worst = float(ratio[np.abs(ratio - 1).argmax()])
    if abs(worst - 1) > LENGTH_TOLERANCE:
        raise ConfigError(
            f"{where}: a vector is {worst:.4f} times as long as its golden vector, expected 1 ± {LENGTH_TOLERANCE}"
        )
    return cosine
