"""The champion, the model whose predictions are served: read it from the database, and check its file.

Input: the database. Output: a :class:`Champion`. If the model's file is missing, or is not the file that was promoted, the
champion is refused; the predictions that it made before stay published.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from mer_tasks.database.connection import transaction
from mer_tasks.errors import ConfigError, IntegrityError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.storage.base import ObjectStore

CHAMPION_QUERY = """
SELECT champion.run_no, run_id, model_key AS key, champion.model_sha256 AS sha256, config, store_url
FROM mer.champion JOIN mer.run USING (run_no)
"""


@dataclass(frozen=True)
class Champion:
    """A model that is the champion, or that a rollback is about to promote.

    Attributes
    ----------
    run_no : int
        Number, in the database, of the run that trained the model.
    run_id : str
        Name of the run that trained the model.
    key, sha256 : str
        Key of the model's file in the object store, and sha256 of its content.
    config : dict
        Configuration values of the run that trained the model.
    store_url : str
        URL of the store that has the outputs of that run.
    """

    run_no: int
    run_id: str
    key: str
    sha256: str
    config: dict[str, Any]
    store_url: str

    @property
    def model(self) -> dict[str, str]:
        """The model as manifests name it: ``run_id``, ``key`` and ``sha256``."""
        return {"run_id": self.run_id, "key": self.key, "sha256": self.sha256}

    def read_file(self, store: ObjectStore) -> bytes:
        """Read the model's file, and check that it is the file that was promoted.

        Raises
        ------
        ObjectMissing
            If the file is missing.
        IntegrityError
            If the file has another sha256 than the model that was promoted.
        """
        remedy = "its predictions stay served: bring the file back, or promote another model (rollback, rollback --to RUN)"
        try:
            data = store.get(self.key)
        except ObjectMissing as error:
            raise ObjectMissing(f"champion {self.run_id}: {error}; {remedy}") from None
        digest = hashlib.sha256(data).hexdigest()
        if digest != self.sha256:
            file = f"champion {self.run_id}: {store.uri(self.key)}"
            raise IntegrityError(f"{file}: sha256 {digest}, expected {self.sha256} as it was promoted; {remedy}")
        return data


def read_champion(url: str) -> Champion | None:
    """Read the champion from the database at `url`; None before the first promotion."""
    with transaction(url) as cursor:
        cursor.execute(CHAMPION_QUERY)
        row = cursor.fetchone()
    return Champion(*row) if row else None


def check_store(champion: Champion, run: Run) -> None:
    """Check that the champion's outputs are in the store of `run`.

    Raises
    ------
    ConfigError
        If they are in another store.
    """
    if champion.store_url != run.store.url:
        raise ConfigError(
            f"champion {champion.run_id}: its outputs are in {champion.store_url}, expected {run.store.url}:"
            " MER_STORE_URL names another store"
        )
