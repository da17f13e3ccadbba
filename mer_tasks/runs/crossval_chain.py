"""All stages of a cross-validation in one command: from landed audio to the metrics, with a forecast of the time.

In: the run of a cross-validation. Out: the manifest of stage `crossval`. What an interrupted run of the same name has finished
is not repeated: features, labels and trials; a training continues from its last checkpoint. Trials run side by side in child
processes (:mod:`mer_tasks.runs.trial_pool`).
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from mer_tasks.runs.artifacts import MANIFEST
from mer_tasks.runs.crossval_config import candidate
from mer_tasks.runs.crossval_runs import trial_run, write_trial
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.finished_trials import finished_manifest, inputs_digest
from mer_tasks.runs.pipeline import fan_out_of, run_stage
from mer_tasks.runs.run import Manifest, Run
from mer_tasks.runs.shards import report_name
from mer_tasks.runs.trial_forecast import PROBED_EPOCHS, Forecast, describe_range, probe_name
from mer_tasks.runs.trial_pool import OnEnd, Trial, TrialPool

logger = logging.getLogger(__name__)

OnStep = Callable[[str, int, int], None]
RunTrials = Callable[[Sequence[Trial], OnEnd], None]


def make_corpus(run: Run, on_step: OnStep) -> None:
    """Call the stages before `folds` whose documents are missing."""

    def missing(stage: str, name: str = MANIFEST) -> bool:
        return not run.store.exists(run.key(stage, name))

    for stage in ("discover", "labels"):
        if missing(stage):
            on_step(stage, 0, 0)
            run_stage(run, stage)
    for shard in run.manifest("discover")["shards"]:
        for stage in fan_out_of(run):
            if missing(stage, report_name(shard["key"])):
                on_step(f"{stage} {shard['name']}", 0, 0)
                run_stage(run, stage, shard["key"])


def run_here(run: Run) -> RunTrials:
    """Return a function that runs trials in this process, one after the other."""

    def run_trials(trials: Sequence[Trial], on_end: OnEnd) -> None:
        for trial in trials:
            on_end(trial, run_stage(run, "trial", trial["key"])["counters"]["seconds"])

    return run_trials


class _Trials:
    """The trials of a cross-validation that have not finished, and how long they take."""

    def __init__(self, run: Run, trials: Sequence[Trial], processes: int) -> None:
        self._run = run
        self._processes = processes
        self.total = len(trials)
        self.forecast = Forecast(run.config)
        self.left: dict[str, Trial] = {}
        self._candidates: dict[str, str] = {}
        for trial in trials:
            document = run.read_json_key(trial["key"])
            sub_run = trial_run(run, document["repeat"], document["fold"], document["candidate"])
            finished = finished_manifest(sub_run, inputs_digest(sub_run))
            if finished:
                self.forecast.add_trial(document["candidate"], finished["counters"]["seconds"])
            else:
                self.left[trial["key"]] = trial
                self._candidates[trial["key"]] = document["candidate"]

    @property
    def finished(self) -> int:
        """Number of finished trials."""
        return self.total - len(self.left)

    @property
    def candidates_left(self) -> list[str]:
        """The candidate of each trial that is left."""
        return [self._candidates[key] for key in self.left]

    def end(self, trial: Trial, seconds: float) -> None:
        """Count a finished trial."""
        del self.left[trial["key"]]
        self.forecast.add_trial(self._candidates[trial["key"]], seconds)

    def known(self) -> bool:
        """Return whether the times of all trials that are left are known from finished ones."""
        return self.forecast.known(self.candidates_left)

    def remaining(self) -> str:
        """Describe the time that the other trials probably take."""
        return describe_range(self.forecast.remaining(self.candidates_left, self._processes))

    def first_of_baselines(self) -> list[Trial]:
        """Return the first trial of each baseline that has no finished one: it takes seconds, and measures the others."""
        first = {name: self.left[key] for key, name in reversed(self._candidates.items()) if key in self.left}
        return [trial for name, trial in first.items() if candidate(name).baseline and not self.forecast.trials_of(name)]

    def probes(self, epochs: int) -> dict[str, str]:
        """Write the trials that measure networks by so many epochs; returns the candidate of each, by the trial's key."""
        return {
            write_trial(self._run, 1, 1, probe_name(name, epochs)): name
            for name in sorted({*self.candidates_left})
            if self.forecast.needs_probe(name, epochs)
        }


def _measure(trials: _Trials, run_trials: RunTrials, on_end: OnEnd) -> None:
    """Measure each candidate: a baseline by its first trial, a network by one or two short trainings."""
    run_trials(trials.first_of_baselines(), on_end)
    for epochs in PROBED_EPOCHS:
        probes = trials.probes(epochs)
        seconds: dict[str, float] = {}
        listed = [{"name": f"{name}, {epochs} epochs to measure the time", "key": key} for key, name in probes.items()]
        run_trials(listed, partial(_note, seconds))
        for key, name in probes.items():
            trials.forecast.add_probe(name, epochs, seconds[key])


def _note(seconds: dict[str, float], probe: Trial, taken: float) -> None:
    seconds[probe["key"]] = taken


@reads_once
def _unfinished(run: Run, listed: Sequence[Trial], processes: int) -> _Trials:
    return _Trials(run, listed, processes)


def run_crossval(
    run: Run,
    on_step: OnStep = lambda name, finished, total: None,
    on_forecast: Callable[[str], None] = lambda text: None,
    processes: int = 0,
) -> Manifest:
    """Run a whole cross-validation, from landed audio to the metrics.

    Parameters
    ----------
    run : Run
    on_step : callable, optional
        Called with the name of the next step, the number of finished trials, and the number of all trials. Both numbers are 0
        before the trials begin.
    on_forecast : callable, optional
        Called with a sentence on the time that the trials will take: before they begin, and after the first ones.
    processes : int
        How many trials run side by side, each in a child process with one thread. 0: one after the other in this process.

    Raises
    ------
    WorkerLost
        When a child process dies.
    """
    make_corpus(run, on_step)
    on_step("folds", 0, 0)
    trials = _unfinished(run, run_stage(run, "folds")["trials"], max(1, processes))
    if not processes:
        _run_trials(trials, run_here(run), on_step, on_forecast)
    elif trials.left:
        with TrialPool(run, processes) as pool:
            _run_trials(trials, pool.run, on_step, on_forecast)
    on_step("crossval", trials.total, trials.total)
    return run_stage(run, "crossval")


def _run_trials(trials: _Trials, run_trials: RunTrials, on_step: OnStep, on_forecast: Callable[[str], None]) -> None:
    """Measure the candidates, forecast the time, and run the trials that are left."""
    before = trials.finished
    told = False

    def end(trial: Trial, seconds: float) -> None:
        trials.end(trial, seconds)
        on_step(f"trials, {trials.remaining()} left", trials.finished, trials.total)

    def end_and_tell(trial: Trial, seconds: float) -> None:
        nonlocal told
        end(trial, seconds)
        if trials.left and not told and trials.known():
            told = True
            on_forecast(f"{trials.finished} of {trials.total} trials have finished, the others take {trials.remaining()}")

    on_step("measuring the time of a trial", before, trials.total)
    _measure(trials, run_trials, end)
    if trials.left:
        told = trials.known()
        earlier = f", {before} have finished before" if before else ""
        on_forecast(f"{len(trials.left)} of {trials.total} trials to run{earlier}: {trials.remaining()}")
        on_step(f"trials, {trials.remaining()} left", trials.finished, trials.total)
        run_trials(list(trials.left.values()), end_and_tell)
