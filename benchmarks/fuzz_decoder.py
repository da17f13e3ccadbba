"""Fuzz the decoder process with damaged files of every format that it opens.

``python -m benchmarks.fuzz_decoder [--minutes 10] [--seed 1]``. A file of each format is made, and then damaged at random:
bytes changed, fields set to extreme values, parts deleted, inserted, repeated, zeroed, cut off, or replaced by parts of other
formats. File number N of a seed is always the same.

Each file is decoded as a stage does it. These are faults, and the command ends with exit code 1 after it has saved the files:

- an error that is not a rejection, in the process that called the decoder;
- a file that takes longer than its time limit by more than five seconds;
- an accepted file whose length differs by over 2 % from the length on which libsndfile and PyAV agree. The two decode in a
  process of their own, and PyAV guesses the format.
"""

import argparse
import collections
import io
import random
import struct
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import soundfile

from mer_tasks.audio.decoder_process import Decoder
from mer_tasks.errors import AudioError
from tests.support.audio_files import encoded, music
from tests.support.av_files import av_encoded

TIMEOUT_SECONDS = 10.0
LARGEST_DIFFERENCE = 0.02
MPEG_FRAMES_SECONDS = 0.06
"""Lengths may also differ by two MPEG frames, which decoders make of frames that are damaged or have only a frame count."""
SNDFILE_FORMATS = (
    *(("WAV", kind) for kind in ("PCM_16", "PCM_24", "PCM_U8", "FLOAT", "ULAW", "IMA_ADPCM", "MS_ADPCM")),
    *(("AIFF", kind) for kind in ("PCM_16", "FLOAT", "IMA_ADPCM")),
    *(("CAF", kind) for kind in ("PCM_16", "ALAC_16")),
    *(("AU", kind) for kind in ("PCM_16", "ALAW")),
    *(("OGG", kind) for kind in ("VORBIS", "OPUS")),
    *((kind, "PCM_16") for kind in ("WAVEX", "RF64", "W64", "FLAC")),
    *(("MP3", kind) for kind in ("MPEG_LAYER_III",)),
)
AV_FORMATS = {
    "m4a": ("ipod", "aac", {}),
    "alac": ("ipod", "alac", {}),
    "fragmented": ("mp4", "aac", {"movflags": "frag_keyframe+empty_moov", "frag_duration": "500000"}),
    "aac": ("adts", "aac", {}),
    "wma": ("asf", "wmav2", {}),
    "webm": ("webm", "libopus", {}),
    "mka": ("matroska", "flac", {}),
    "wv": ("wv", "wavpack", {}),
    "oga": ("ogg", "flac", {}),
    "mp2": ("mp2", "mp2", {}),
    "mp3": ("mp3", "libmp3lame", {}),
}


def make_files() -> dict[str, bytes]:
    """Make a whole file of each format, two seconds long."""
    sound = music(2, 48_000, 2, seed=1)
    files = {f"{container} {kind}": encoded(sound, 48_000, container, kind) for container, kind in SNDFILE_FORMATS}
    return files | {name: av_encoded(sound, 48_000, *recipe) for name, recipe in AV_FORMATS.items()}


def change_bytes(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """Change up to 64 bytes, half of the times near the start, where headers are."""
    reach = min(len(data), 400) if rng.random() < 0.5 else len(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        data[rng.randrange(reach)] = rng.randrange(256)


def set_field(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """Set a field of four or eight bytes near the start to an extreme value."""
    width = rng.choice((4, 8))
    value = rng.choice((0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, len(data), 2 * len(data), len(data) // 2))
    at = rng.randrange(min(len(data), 200))
    data[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))


def cut_off(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """Cut off the end, or the start."""
    at = rng.randrange(len(data))
    if rng.random() < 0.8:
        del data[at:]
    else:
        del data[: at // 4]


def delete(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """Delete a part."""
    at = rng.randrange(len(data))
    del data[at : at + rng.randrange(1, len(data) // 2 + 2)]


def insert(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """Insert random bytes, zeros, or a tag."""
    tag = b"ID3\x03\0\0" + struct.pack(">I", 30) + bytes(30)
    at = rng.choice((0, len(data), rng.randrange(len(data) + 1)))
    data[at:at] = rng.choice((rng.randbytes(rng.randrange(1, 5_000)), bytes(rng.randrange(1, 5_000)), tag, b"TAG" + bytes(125)))


def erase(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """Set a part to zeros."""
    at, length = rng.randrange(len(data)), rng.randrange(1, len(data) // 2 + 2)
    data[at : at + length] = bytes(len(data[at : at + length]))


def join(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """Append the file itself or another file, or replace the second half by that of another file."""
    other = rng.choice((bytes(data), rng.choice(others)))
    if rng.random() < 0.3:
        del data[len(data) // 2 :]
        data += other[len(other) // 2 :]
    else:
        data += other


MUTATIONS: tuple[Callable[[bytearray, random.Random, list[bytes]], None], ...] = (
    *(change_bytes, set_field, cut_off, delete, insert, erase, join),
)


def damaged(files: dict[str, bytes], seed: int, number: int) -> tuple[str, bytes]:
    """Return file `number` of `seed`: its name with what was done to it, and its content."""
    rng = random.Random(f"{seed} {number}")  # noqa: S311  (no secret)
    name = rng.choice(sorted(files))
    data = bytearray(files[name])
    steps = rng.choices(MUTATIONS, k=rng.choice((1, 1, 1, 2, 3)))
    for step in steps:
        if data:
            step(data, rng, list(files.values()))
    return f"{name}: {', '.join(step.__name__ for step in steps)}", bytes(data)


def other_lengths(data: bytes) -> tuple[float | None, float | None]:
    """Return the seconds that libsndfile finds, and those that PyAV finds; None where it fails."""
    return _length_by_sndfile(data), _length_by_av(data)


def _length_by_sndfile(data: bytes) -> float | None:
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as source:
            return sum(len(block) for block in source.blocks(65_536)) / source.samplerate
    except Exception:
        return None


def _length_by_av(data: bytes) -> float | None:
    import av

    av.logging.set_level(av.logging.PANIC)
    seconds = 0.0
    try:
        with av.open(io.BytesIO(data), metadata_errors="replace") as container:
            for packet in container.demux(container.streams.audio[0]):
                try:
                    seconds += sum(frame.samples / frame.sample_rate for frame in packet.decode())
                except av.error.InvalidDataError:
                    continue
    except Exception:
        return None
    return seconds


class Judge:
    """Compares lengths in a process of its own, which may crash."""

    def __init__(self) -> None:
        self.crashes = 0
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, get_context("spawn"))

    def objection(self, data: bytes, seconds: float) -> str:
        """Return how `seconds` differ from the length on which both others agree; empty if they do not."""
        try:
            lengths = self._pool.submit(other_lengths, data).result(60)
        except (BrokenProcessPool, TimeoutError):
            self.crashes += 1
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._start()
            return ""
        one, two = lengths
        if one is None or two is None or abs(one - two) > LARGEST_DIFFERENCE * max(one, two):
            return ""
        if abs(seconds - one) <= max(LARGEST_DIFFERENCE * one, MPEG_FRAMES_SECONDS):
            return ""
        return f"{seconds:.3f} s, but libsndfile finds {one:.3f} s and PyAV {two:.3f} s"

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)


def try_file(decoder: Decoder, judge: Judge, data: bytes) -> tuple[str, str]:
    """Decode one file; return its outcome, and the fault if there is one."""
    start = time.monotonic()
    fault = ""
    try:
        decoded = decoder.decode(data)
    except AudioError as error:
        outcome = error.reason
    except Exception as error:
        outcome, fault = "error", f"{type(error).__name__}: {error}"
    else:
        outcome = f"accepted by {decoded.decoder}"
        fault = judge.objection(data, decoded.duration_seconds)
    seconds = time.monotonic() - start
    if not fault and outcome == "decode_timeout" and seconds > TIMEOUT_SECONDS + 5:
        fault = f"{seconds:.1f} s, expected at most {TIMEOUT_SECONDS:g} s"
    return outcome, fault


def main() -> int:
    """Parse the command line, fuzz, and print the outcomes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    parser.add_argument("--faults", type=Path, default=Path("fuzz-faults"), help="folder for the files with faults")
    options = parser.parse_args()
    files = make_files()
    outcomes: collections.Counter[str] = collections.Counter()
    faults = 0
    number = options.first
    judge = Judge()
    end = time.monotonic() + 60 * options.minutes
    with Decoder(max_duration_seconds=600, timeout_seconds=TIMEOUT_SECONDS, memory_mb=1024) as decoder:
        while time.monotonic() < end:
            name, data = damaged(files, options.seed, number)
            outcome, fault = try_file(decoder, judge, data)
            outcomes[outcome] += 1
            if outcome in ("decoder_crashed", "decode_timeout", "decode_memory"):
                print(f"{number} {outcome}: {name}", flush=True)
            if fault:
                faults += 1
                options.faults.mkdir(parents=True, exist_ok=True)
                (options.faults / str(number)).write_bytes(data)
                print(f"{number} FAULT: {name}: {fault}", flush=True)
            number += 1
    judge.close()
    print(f"{number - options.first} files of {len(files)} formats, seed {options.seed}: {faults} faults")
    print(f"{judge.crashes} crashes of the process that compares lengths")
    for outcome, count in outcomes.most_common():
        print(f"{count:6} {outcome}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
