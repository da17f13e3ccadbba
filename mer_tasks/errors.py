"""What can go wrong, and whether trying again can help.

    MerError
    ├── PermanentError            the same input gives the same failure: never retried
    │   ├── ConfigError           a parameter or an environment variable is wrong
    │   ├── AnnotationError       an annotation file cannot be used
    │   ├── AudioError            one audio file cannot be used (quarantined, the run goes on)
    │   ├── CorpusError           too little usable input is left for this run
    │   ├── IntegrityError        stored bytes are not those that were written, or parts of a split leak
    │   ├── ObjectMissing         the store has no object of that key
    │   └── AccessDenied          the store or the database refuses these credentials
    └── TransientError            weather: worth a retry
        ├── StoreUnavailable      the object store does not answer, or is full
        ├── DatabaseUnavailable   Postgres does not answer
        └── WorkerLost            a helper process died for a reason that is not the input's

Airflow's retry policy is built from the two branches, so a message must say three things: the value that was met,
what was expected, and the track, file or URI it belongs to.
"""


class MerError(Exception):
    """Base of every error that the platform raises on purpose."""


class PermanentError(MerError):
    """The same input gives the same failure."""


class ConfigError(PermanentError):
    """A parameter or an environment variable is wrong."""


class AnnotationError(PermanentError):
    """An annotation file cannot be used."""


class AudioError(PermanentError):
    """One audio file cannot be used.

    Parameters
    ----------
    reason : str
        A stable word for SQL, such as ``not_audio`` or ``too_short``.
    detail : str
        One line for people: the value met and what was expected.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class CorpusError(PermanentError):
    """Too little usable input is left for this run."""


class IntegrityError(PermanentError):
    """Stored bytes are not those that were written, or parts of a split leak."""


class ObjectMissing(PermanentError):
    """The store has no object of that key."""


class AccessDenied(PermanentError):
    """The store or the database refuses these credentials."""


class TransientError(MerError):
    """Weather: worth a retry."""


class StoreUnavailable(TransientError):
    """The object store does not answer, or is full."""


class DatabaseUnavailable(TransientError):
    """Postgres does not answer."""


class WorkerLost(TransientError):
    """A helper process died for a reason that is not the input's."""
