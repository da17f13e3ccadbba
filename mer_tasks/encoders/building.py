"""Building of encoder folders: find the files of an installed package, and write the folder of an encoder.

In: a package that the user has installed, which is not imported. Out: a folder with the encoder's files. The golden audio is
synthetic, so that nobody's music is in it.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from importlib import metadata, util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.folder import DESCRIPTION, MODEL, EncoderFolder
from mer_tasks.errors import ConfigError

GOLDEN_SECONDS = 9
GOLDEN_FILES = {"audio": "golden.flac", "vector": "golden.npy"}
NOT_YET_KNOWN = {"format": 1, "model_sha256": "0" * 64, "golden": GOLDEN_FILES}
"""Entries of a description that only the finished model has; the inputs of windows do not depend on them."""
CHORDS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63), (196.0, 246.94, 293.66))
"""Fundamental frequencies of three chords, in Hz: A minor, F major, G major."""

Array32 = npt.NDArray[np.float32]


def package_folder(package: str, version: str) -> Path:
    """Return the folder of an installed package of one version, without importing it.

    Raises
    ------
    ConfigError
        If the package is not installed, or in another version.
    """
    spec = util.find_spec(package)
    command = f"pip install --no-deps {package}=={version}"
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"package {package} is not installed, expected version {version}: {command}")
    found = metadata.version(package)
    if found != version:
        raise ConfigError(f"package {package} has version {found}, expected {version}, whose files are known: {command}")
    return Path(spec.submodule_search_locations[0])


def package_file(folder: Path, name: str) -> bytes:
    """Read a file of an installed package; raise ConfigError if it cannot be read."""
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ConfigError(f"{folder / name}: {error.strerror}, expected a file of package {folder.name}") from None


def golden_samples() -> Array32:
    """Make the golden audio: three chords of decaying harmonics, with bursts of noise and a rising tone.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        Samples at 22,050 Hz with the values of 16-bit audio, from -1 to 1.
    """
    count = SAMPLE_RATE * GOLDEN_SECONDS // len(CHORDS)
    time = np.arange(count) / SAMPLE_RATE
    random = np.random.Generator(np.random.PCG64(1))
    parts = []
    for number, chord in enumerate(CHORDS):
        tones = sum(np.sin(2 * np.pi * tone * k * time) / k for tone in chord for k in range(1, 9))
        strokes = np.exp(-6 * (time % 0.5))
        noise = random.standard_normal(count) * np.exp(-40 * ((time + 0.25) % 0.5))
        rising = np.sin(2 * np.pi * (500 + 900 * number + 150 * time) * time)
        parts.append(0.1 * tones * strokes + 0.1 * noise + 0.05 * rising)
    samples = np.clip(np.concatenate(parts), -1, 1)
    return (np.round(samples * 32_767) / 32_768).astype(np.float32)


def make_folder(description: Mapping[str, Any], model: bytes, golden_vectors: Array32) -> EncoderFolder:
    """Make the files of an encoder in memory.

    Parameters
    ----------
    description : Mapping
        Entries of ``encoder.json`` without format, model_sha256 and golden, which are added.
    model : bytes
        Content of ``model.onnx``.
    golden_vectors : np.ndarray [shape=(windows, size), dtype=float32]
        Vectors of :func:`golden_samples`.
    """
    import soundfile

    added = {"format": 1, "model_sha256": hashlib.sha256(model).hexdigest(), "golden": GOLDEN_FILES}
    encoder = Encoder.of({**description, **added})
    audio, vectors = io.BytesIO(), io.BytesIO()
    soundfile.write(audio, (golden_samples() * 32_768).astype(np.int16), SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    np.save(vectors, golden_vectors.astype(np.float32))
    files = {
        DESCRIPTION: (json.dumps(encoder.document, indent=2, ensure_ascii=False) + "\n").encode(),
        MODEL: model,
        GOLDEN_FILES["audio"]: audio.getvalue(),
        GOLDEN_FILES["vector"]: vectors.getvalue(),
    }
    return EncoderFolder(f"build of {encoder}", encoder, files)


def build_folder(build: Callable[[], EncoderFolder], target: Path) -> EncoderFolder:
    """Build an encoder, and write its files to a new or empty local folder.

    Raises
    ------
    ConfigError
        If the folder has files or cannot be written; before anything is built.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise ConfigError(f"{target}: the folder has files, expected a new or empty one")
        made = build()
        for name, content in made.files.items():
            (target / name).write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{target}: {error.strerror}, expected a folder that can be written") from None
    return made
