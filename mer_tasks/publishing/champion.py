"""The champion: the model whose predictions are served. Who it is, and what it says of tracks.

In: the database, and the documents of the run that fitted it. Out: its :class:`Champion` row, and a :class:`Scorer` that gives
probabilities of any tracks as a run with that model would. A model whose file is gone, or is not the one that was promoted, is
refused; what it said before stays published.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mer_tasks.config import PLACES, Config
from mer_tasks.database.connection import transaction
from mer_tasks.errors import ConfigError, IntegrityError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.storage.base import ObjectStore

if TYPE_CHECKING:
    import keras
    import numpy as np
    import numpy.typing as npt

    from mer_tasks.corpus.segments import SegmentIndex
    from mer_tasks.modelling.predictions import Rule

MADE = ("segment_seconds", "max_duration_seconds")
"""Fields that decide features, and so must be those of the model."""
QUESTION = """
SELECT champion.run_no, run_id, model_key AS key, champion.model_sha256 AS sha256, config, store_url
FROM mer.champion JOIN mer.run USING (run_no)
"""


@dataclass(frozen=True)
class Champion:
    """A model that was promoted.

    Attributes
    ----------
    run_no : int
    run_id : str
        Of the run that fitted it.
    key, sha256 : str
        Of its file in the object store.
    config : dict
        Values of that run's configuration.
    store_url : str
        Of that run's outputs.
    """

    run_no: int
    run_id: str
    key: str
    sha256: str
    config: dict[str, Any]
    store_url: str

    @property
    def model(self) -> dict[str, str]:
        """As manifests name a model: ``run_id``, ``key``, ``sha256``."""
        return {"run_id": self.run_id, "key": self.key, "sha256": self.sha256}

    def check_file(self, store: ObjectStore) -> None:
        """Refuse a model whose file is gone, or is not the one that was promoted.

        Raises
        ------
        ObjectMissing, IntegrityError
            With what helps: an earlier model, or a new one.
        """
        remedy = "what it said stays served: bring the file back, or make another model champion (rollback, rollback --to RUN)"
        try:
            found = hashlib.sha256(store.get(self.key)).hexdigest()
        except ObjectMissing as error:
            raise ObjectMissing(f"champion {self.run_id}: {error}; {remedy}") from None
        if found != self.sha256:
            place = f"champion {self.run_id}: {store.uri(self.key)}"
            raise IntegrityError(f"{place}: sha256 {found}, expected {self.sha256} as it was promoted; {remedy}")


def database_of(run: Run) -> str:
    """URL of the database that `run` was told; raises :class:`ConfigError` without one."""
    if run.config.database_url is None:
        raise ConfigError("no database to find the champion in: expected MER_DATABASE_URL or --database-url")
    return run.config.database_url.get_secret_value()


def champion(url: str) -> Champion | None:
    """The champion by the database at `url`; None before the first promotion."""
    with transaction(url) as cursor:
        cursor.execute(QUESTION)
        found = cursor.fetchone()
    return Champion(*found) if found else None


def fitted(run: Run, run_id: str, values: Mapping[str, Any]) -> Run:
    """The run that fitted a model, in the places of `run`.

    Parameters
    ----------
    run : Run
    run_id : str
    values : mapping
        Its configuration, as it was published. Fields that are new since have their defaults; those that are no more are left
        out.
    """
    defaults = {name: field.get_default() for name, field in Config.model_fields.items()}
    known = {name: value for name, value in values.items() if name in defaults}
    places = {name: getattr(run.config, name) for name in PLACES}
    return Run(Config.load({**defaults, **known, **places}), run_id)


def same_store(found: Champion, run: Run) -> None:
    """Refuse a champion whose outputs are elsewhere; raises :class:`ConfigError`."""
    if found.store_url != run.store.url:
        raise ConfigError(
            f"champion {found.run_id}: its outputs are in {found.store_url}, expected {run.store.url}: MER_STORE_URL is another"
        )


@dataclass(frozen=True)
class Scorer:
    """A fitted model with the calibration and the thresholds of its run.

    Attributes
    ----------
    run : Run
        That fitted it; features for it are made by this run's configuration.
    model : keras.Model
    rule : Rule
    device : str
        What it runs on.
    """

    run: Run
    model: "keras.Model"
    rule: "Rule"
    device: str

    @classmethod
    def of(cls, run: Run, model: Mapping[str, str]) -> "Scorer":
        """The model that `run` fitted.

        Parameters
        ----------
        run : Run
            As :func:`fitted` gives it.
        model : mapping
            Its ``key`` and ``sha256``.

        Raises
        ------
        IntegrityError
            If the file is not the one that was published.
        ObjectMissing
            If it is gone.
        """
        from mer_tasks.modelling import devices, networks
        from mer_tasks.modelling.predictions import Rule

        device = devices.prepare(run.config)
        return cls(run, networks.load(run.store, model["key"], model["sha256"]), Rule.of(run), device.name)

    def said(self, index: "SegmentIndex") -> "npt.NDArray[np.float32]":
        """What the model says of the segments of `index`, not calibrated [shape=(segments, 9), dtype=float32]."""
        from mer_tasks.modelling.predictions import segment_probabilities

        return segment_probabilities(self.model, index)

    def probabilities(self, index: "SegmentIndex") -> "npt.NDArray[np.float64]":
        """Calibrated probabilities of the tracks of `index` [shape=(tracks, 9), dtype=float64]."""
        return self.rule.probabilities(index.track_means(self.said(index)))
