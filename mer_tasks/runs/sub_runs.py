"""Runs within a run: the same stages once more, on other labels, another split or with other parameters.

In: a run, the stages whose documents are to be those of the run, and changes of the configuration. Out: a :class:`SubRun`,
which stages take like any run. What it does itself lies below ``runs/<run id>/<name>/``; nothing of the run is copied or
written over.
"""

from dataclasses import dataclass
from typing import Any

from mer_tasks.config import Config
from mer_tasks.errors import IntegrityError
from mer_tasks.runs.run import Run

CORPUS = ("discover", "reformat", "features")
"""Stages that make the corpus."""


@dataclass(frozen=True)
class SubRun(Run):
    """A run that has the documents of some stages from another.

    Attributes
    ----------
    parent : Run
        May be one within a run itself.
    shared : tuple of str
        Stages whose documents are the parent's.
    """

    parent: Run | None = None
    shared: tuple[str, ...] = ()

    def key(self, stage: str, name: str) -> str:
        """Key of the document `name` of `stage`, in this run or in the one that it has it from."""
        if self.parent is not None and stage.partition("/")[0] in self.shared:
            return self.parent.key(stage, name)
        return super().key(stage, name)

    def write_manifest(self, stage: str, value: Any) -> dict[str, Any]:
        """As of any run; raises :class:`IntegrityError` for a stage of the parent."""
        if stage in self.shared:
            raise IntegrityError(f"run {self.run_id}: stage {stage} is that of the run around it, expected one of its own")
        return super().write_manifest(stage, value)


def sub_run(run: Run, name: str, shared: tuple[str, ...] = CORPUS, **changes: Any) -> SubRun:
    """A run within `run`.

    Parameters
    ----------
    run : Run
    name : str
        Of its folder below that of `run`; safe in keys.
    shared : tuple of str
        Stages whose documents are those of `run`.
    **changes
        Fields of the configuration that are to have another value. No other value changes, whatever the environment says.
    """
    values = {field: getattr(run.config, field) for field in Config.model_fields}
    config = Config(**{**values, **changes})
    return SubRun(config, f"{run.run_id}/{name}", run.try_number, run.documents, run, shared)
