"""Progress of a step in log records, which the progress bar of the terminal reads."""


def progress_fields(done: int, total: int) -> dict[str, float]:
    """Return the argument `extra` of a log record: the finished fraction of a step.

    Parameters
    ----------
    done, total : int
        Finished units of work, such as epochs or shards, and all of them.

    Examples
    --------
    >>> progress_fields(1, 4)
    {'done': 0.25}
    """
    return {"done": done / total}
