"""The champion: the model whose predictions are served.

In: the database. Out: its :class:`Champion` row. A model whose file is gone, or is not the one that was promoted, is refused;
its earlier predictions stay published.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from mer_tasks.database.connection import transaction
from mer_tasks.errors import ConfigError, IntegrityError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.storage.base import ObjectStore

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

    def read_file(self, store: ObjectStore) -> bytes:
        """The model's file, if it is the one that was promoted.

        Raises
        ------
        ObjectMissing, IntegrityError
            With what helps: an earlier model, or a new one.
        """
        remedy = "what it said stays served: bring the file back, or make another model champion (rollback, rollback --to RUN)"
        try:
            data = store.get(self.key)
        except ObjectMissing as error:
            raise ObjectMissing(f"champion {self.run_id}: {error}; {remedy}") from None
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            place = f"champion {self.run_id}: {store.uri(self.key)}"
            raise IntegrityError(f"{place}: sha256 {found}, expected {self.sha256} as it was promoted; {remedy}")
        return data


def champion(url: str) -> Champion | None:
    """The champion by the database at `url`; None before the first promotion."""
    with transaction(url) as cursor:
        cursor.execute(QUESTION)
        found = cursor.fetchone()
    return Champion(*found) if found else None


def same_store(found: Champion, run: Run) -> None:
    """Refuse a champion whose outputs are elsewhere; raises :class:`ConfigError`."""
    if found.store_url != run.store.url:
        raise ConfigError(
            f"champion {found.run_id}: its outputs are in {found.store_url}, expected {run.store.url}: MER_STORE_URL is another"
        )
