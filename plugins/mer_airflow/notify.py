"""Tell people: of drift, of a late or a failed run, and that somebody is asked.

By default a line in the log. Another way is a class of one's own, a ``BaseNotifier`` that is made with ``message=`` and has
``notify``; ``MER_NOTIFIER`` is its dotted path, which Airflow's processes can import.
"""

import asyncio
import logging
import os
from pkgutil import resolve_name
from typing import Any

from airflow.sdk import BaseNotifier, Context

logger = logging.getLogger(__name__)


class LogNotifier(BaseNotifier):
    """Logs a warning of one line.

    Parameters
    ----------
    message : str
    """

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def notify(self, context: Context) -> None:
        """Log the message."""
        logger.warning(self.message)


def tell(message: str, context: Context) -> None:
    """Tell people `message`. That they cannot be told is logged, and no more.

    Parameters
    ----------
    message : str
        One line.
    context : Context
        Of the task or the run.
    """
    path = os.environ.get("MER_NOTIFIER", f"{__name__}.{LogNotifier.__name__}")
    try:
        resolve_name(path)(message=message).notify(context)
    except Exception as error:
        logger.warning("%s (MER_NOTIFIER=%r: %s: %s)", message, path, type(error).__name__, error)


def failed(context: Context) -> None:
    """Called by Airflow when a run has failed."""
    tell(f"{_name(context)} failed", context)


async def late(context: dict[str, Any]) -> None:
    """Called by Airflow's triggerer when a run has missed its deadline; others of its triggers go on meanwhile."""
    message = f"{_name(context)} is late: expected its end by {context['deadline']['deadline_time']}"
    await asyncio.to_thread(tell, message, context)


def _name(context: Any) -> str:
    """The run in words; its context has an object, or what became of it as JSON."""
    run = context["dag_run"]
    dag_id, run_id = (run["dag_id"], run["dag_run_id"]) if isinstance(run, dict) else (run.dag_id, run.run_id)
    return f"{dag_id}, run {run_id}"
