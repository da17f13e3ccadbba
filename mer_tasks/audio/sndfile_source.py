"""Sound files that libsndfile reads, as sources of blocks: the first decoder, and the only one that most files need."""

import io
from typing import Any

import soundfile

from mer_tasks.audio.stream_length import StreamLength
from mer_tasks.errors import AudioError

CONTAINERS = frozenset({"mpeg", "riff", "w64", "aiff", "au", "caf", "flac", "ogg"})
"""Families of formats of which libsndfile reads files."""


class EndlessMp3(io.BytesIO):
    """An MP3 file that claims to be 40 times as long as it is, although reading still ends where the file ends.

    libsndfile guesses the length of an MP3 without frame count from its size and the bit rate of its first frame, and stops
    there. The lowest bit rate is a 40th of the highest, so with 40 times the size the guess is never too short. The MPEG
    decoder looks for a tag in the last 128 bytes, where it finds zeros.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._real_size = len(data)
        self._claimed_size = 40 * len(data)
        self._position = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position within the claimed size."""
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._claimed_size}[whence]
        super().seek(min(self._position, self._real_size))
        return self._position

    def tell(self) -> int:
        """Return the position within the claimed size."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Read what is there; the last 128 claimed bytes are zeros."""
        if self._position >= self._claimed_size - 128:
            count = min(len(buffer), self._claimed_size - self._position)
            buffer[:count] = bytes(count)
        else:
            count = super().readinto(buffer)
        self._position += count
        return count


class SndfileSource(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A sound file that is read from start to end and cannot seek.

    After every block, soundfile makes a seekable file seek to its present position, and the MPEG decoder then decodes frames
    again.
    """

    decoder = "libsndfile"

    def seekable(self) -> bool:
        """Return that it cannot seek."""
        return False

    @property
    def lossless(self) -> bool:
        """Whether the compression is lossless, so that no sound may be missing."""
        return bool(self.format == "FLAC")

    @property
    def claimed_seconds(self) -> float:
        """Seconds that libsndfile expects, which is what the header has, or a guess."""
        return float(self.frames / self.samplerate)


def open_sndfile(data: bytes, length: StreamLength) -> SndfileSource:
    """Open a file with libsndfile.

    Parameters
    ----------
    data : bytes
        Content of the file.
    length : StreamLength
        Its length by its structure.

    Raises
    ------
    AudioError
        ``not_audio`` if libsndfile does not read the file.
    """
    sound = data[length.start : length.end]
    source = _open(io.BytesIO(sound))
    if length.container == "mpeg" and not length.counted and source.claimed_seconds < (length.seconds or 0):
        source.close()
        source = _open(EndlessMp3(sound))
    return source


def _open(file: io.BytesIO) -> SndfileSource:
    try:
        return SndfileSource(file)
    except soundfile.LibsndfileError as error:
        raise_if_out_of_memory(error)
        raise AudioError("not_audio", f"libsndfile: {error.error_string.rstrip('.')}") from None


def raise_if_out_of_memory(error: soundfile.LibsndfileError) -> None:
    """Raise MemoryError if this is the reason of libsndfile's error."""
    if "malloc" in error.error_string:
        raise MemoryError(error.error_string)
