"""Make audio files, and shards of them, for tests of the stages that read audio."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import PurePosixPath

import numpy as np
import soundfile

from mer_tasks.runs.run import Run


def music(seconds: float, rate: int = 22_050, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Make four tones, a chirp and a little noise [shape=(samples, channels), dtype=float32], with a peak below 0.8."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    tones = [np.sin(2 * np.pi * (pitch * time + rng.random())) for pitch in rng.uniform(80, 3000, 4)]
    chirp = np.sin(2 * np.pi * (100 * time + 150 * time**2))
    mono = 0.1 * np.sum([*tones, chirp], axis=0) + 0.02 * rng.standard_normal(len(time))
    levels = np.linspace(1, 0.5, channels)
    return (mono[:, np.newaxis] * levels).astype(np.float32)


def encoded(samples: np.ndarray, rate: int = 22_050, container: str = "WAV", subtype: str | None = None) -> bytes:
    """Encode samples as the content of an audio file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=container, subtype=subtype)
    return buffer.getvalue()


def without_frame_count(mp3: bytes) -> bytes:
    """Remove the first frame of an MP3, which has the frame count (44.1 or 22.05 kHz, any constant bit rate)."""
    second = mp3.index(mp3[:2], 4)
    assert b"Info" in mp3[:second] or b"Xing" in mp3[:second]
    return mp3[second:]


def claiming(flac: bytes, frames: int) -> bytes:
    """Change the number of samples in the header of a FLAC (the last 36 bits before the MD5, RFC 9639 section 8.2)."""
    assert flac[:4] == b"fLaC"
    fields = int.from_bytes(flac[18:26], "big") >> 36 << 36 | frames
    return flac[:18] + fields.to_bytes(8, "big") + flac[26:]


def write_shard(run: Run, files: Mapping[str, bytes], genre: str = "rock") -> str:
    """Land `files` (name to content) in `genre`, write the document of their shard as ``discover`` does, and return its key."""
    tracks = []
    for name, content in files.items():
        key = f"{genre}/{name}"
        run.landing.put(key, content)
        sha256 = hashlib.sha256(content).hexdigest()
        stem = PurePosixPath(name).stem
        tracks.append({"track_id": stem, "genre": genre, "key": key, "sha256": sha256, "size": len(content)})
    document = {"name": f"{genre} 1/1", "genre": genre, "tracks": tracks}
    return run.write_json("discover", f"shards/{genre}-1-of-1.json", document)
