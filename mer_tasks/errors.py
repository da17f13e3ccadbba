"""Errors of the platform, and whether a retry can help.

    MerError
    ├── PermanentError            the same input gives the same failure: never retried
    │   ├── ConfigError           a parameter or an environment variable is wrong
    │   ├── AnnotationError       an annotation file cannot be used
    │   ├── MetadataError         a metadata file cannot be used
    │   ├── AudioError            one audio file cannot be used (it is rejected, and the run goes on)
    │   ├── CorpusError           the run has too little usable input
    │   ├── IntegrityError        stored bytes are not those that were written, or a split leaks
    │   ├── ObjectMissing         the store has no object with this key
    │   └── AccessDenied          the store or the database refuses these credentials
    └── TransientError            the cause may pass: Airflow tries again
        ├── StoreUnavailable      the object store does not answer, or is full
        ├── ObjectChanged         an object was written while it was read
        ├── DatabaseUnavailable   Postgres does not answer
        └── WorkerLost            a helper process died, and not because of its input

Airflow's retry policy depends on the branch that an error belongs to. A message must name three things: the value that was
found, the value that was expected, and the track, file or URI that it belongs to.
"""


class MerError(Exception):
    """Base class of every error that the platform raises on purpose."""


class PermanentError(MerError):
    """Base class of errors that the same input causes again: a retry is useless."""


class ConfigError(PermanentError):
    """A parameter or an environment variable is wrong."""


class AnnotationError(PermanentError):
    """An annotation file cannot be used."""


class MetadataError(PermanentError):
    """A metadata file cannot be used."""


class AudioError(PermanentError):
    """One audio file cannot be used.

    Parameters
    ----------
    reason : str
        A fixed word that SQL queries can rely on, such as ``not_audio`` or ``too_short``.
    detail : str
        One line for readers: the value that was found, and what was expected.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class CorpusError(PermanentError):
    """The run has too little usable input."""


class IntegrityError(PermanentError):
    """Stored bytes are not those that were written, or a split leaks: two of its parts share content."""


class ObjectMissing(PermanentError):
    """The store has no object with this key."""


class AccessDenied(PermanentError):
    """The store or the database refuses these credentials."""


class TransientError(MerError):
    """Base class of errors whose cause may pass: a retry can succeed."""


class StoreUnavailable(TransientError):
    """The object store does not answer, or is full."""


class ObjectChanged(TransientError):
    """An object was written while it was read, or between its listing and its reading."""


class DatabaseUnavailable(TransientError):
    """Postgres does not answer."""


class WorkerLost(TransientError):
    """A helper process died, and not because of its input."""
