"""Sub-runs: runs within a run that repeat some stages with other labels, another split or other parameters.

In: a run, the stages whose documents the sub-run shares with it, and changes of the configuration. Out: a :class:`SubRun`, a
run for stages like any other. Its own documents are below ``runs/<run id>/<name>/``. Nothing of the run is copied or
overwritten.
"""

from dataclasses import dataclass
from typing import Any

from mer_tasks.config import Config
from mer_tasks.errors import IntegrityError
from mer_tasks.runs.pipeline import FAN_OUT
from mer_tasks.runs.run import Run

CORPUS = ("discover", *FAN_OUT)
"""Stages that make the corpus."""


@dataclass(frozen=True)
class SubRun(Run):
    """A run that reads the documents of some stages from its parent run.

    Attributes
    ----------
    parent : Run
        Parent run, which may be a sub-run too.
    shared : tuple of str
        Stages whose documents are those of the parent.
    """

    parent: Run | None = None
    shared: tuple[str, ...] = ()

    def key(self, stage: str, name: str) -> str:
        """Return the key of the document `name` of `stage`: in the parent for a shared stage, else in this run."""
        if self.parent is not None and stage.partition("/")[0] in self.shared:
            return self.parent.key(stage, name)
        return super().key(stage, name)

    def write_manifest(self, stage: str, value: Any) -> dict[str, Any]:
        """Write a manifest as :meth:`Run.write_manifest` does; raises :class:`IntegrityError` for a shared stage."""
        if stage in self.shared:
            raise IntegrityError(f"run {self.run_id}: stage {stage} belongs to its parent run, expected a stage of its own")
        return super().write_manifest(stage, value)


def sub_run(run: Run, name: str, shared: tuple[str, ...] = CORPUS, **changes: Any) -> SubRun:
    """Make a sub-run of `run`.

    Parameters
    ----------
    run : Run
    name : str
        Name of its folder below that of `run`; it must be safe in keys.
    shared : tuple of str
        Stages whose documents the sub-run shares with `run`.
    **changes
        Fields of the configuration with another value. Environment variables change no other value.
    """
    values = {field: getattr(run.config, field) for field in Config.model_fields}
    config = Config(**{**values, **changes})
    return SubRun(config, f"{run.run_id}/{name}", run.try_number, run.documents, run, shared)
