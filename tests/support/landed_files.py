"""Files in the landing zone of a run, and the reasons why stage `discover` rejected some."""

from collections.abc import Callable

from mer_tasks.runs.run import Run

MakeRun = Callable[..., Run]


def land(run: Run, *keys: str) -> None:
    """Put files into the landing zone whose content is their key."""
    for key in keys:
        run.landing.put(key, key.encode())


def rejection_reasons(run: Run) -> dict[str, str]:
    return {line["key"]: line["reason"] for line in run.read_json("discover", "rejected.json")["rejected"]}
