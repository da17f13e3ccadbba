"""Progress of a step in log records: how much of it is done, for whoever shows the log."""


def part(done: int, total: int) -> dict[str, float]:
    """For the `extra` of a log record: so many of the parts of what is going on are done."""
    return {"done": done / total}
