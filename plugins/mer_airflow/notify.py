"""Notifications to people: about drift, a late or failed run, and a question that waits for an answer.

By default a notification is a line in the log. To send it elsewhere, write a subclass of Airflow's ``BaseNotifier`` that takes
``message=`` and implements ``notify``, and set ``MER_NOTIFIER`` to its dotted path. Airflow's processes must be able to import
it.
"""

import asyncio
import logging
import os
from pkgutil import resolve_name
from typing import Any

from airflow.sdk import BaseNotifier, Context

logger = logging.getLogger(__name__)


class LogNotifier(BaseNotifier):
    """Notifier that logs the message as a warning.

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


def send_notification(message: str, context: Context) -> None:
    """Send `message` to people by the notifier of ``MER_NOTIFIER``; if that fails, log message and error, and go on.

    Parameters
    ----------
    message : str
        One line.
    context : Context
        Airflow's context of the task or the run.
    """
    path = os.environ.get("MER_NOTIFIER", f"{__name__}.{LogNotifier.__name__}")
    try:
        resolve_name(path)(message=message).notify(context)
    except Exception as error:
        logger.warning("%s (MER_NOTIFIER=%r: %s: %s)", message, path, type(error).__name__, error)


def failed(context: Context) -> None:
    """Notify people of a failed run; Airflow calls this when a run has failed."""
    send_notification(f"{_run_name(context)} failed", context)


async def late(context: dict[str, Any]) -> None:
    """Notify people of a run that missed its deadline; Airflow's triggerer calls this.

    The notifier runs in a thread, so that it does not hold up the triggerer's other triggers.
    """
    message = f"{_run_name(context)} is late: expected its end by {context['deadline']['deadline_time']}"
    await asyncio.to_thread(send_notification, message, context)


def _run_name(context: Any) -> str:
    """Name the DAG and the run of a context, whose ``dag_run`` is an object, or a dictionary that was read from JSON."""
    run = context["dag_run"]
    dag_id, run_id = (run["dag_id"], run["dag_run_id"]) if isinstance(run, dict) else (run.dag_id, run.run_id)
    return f"{dag_id}, run {run_id}"
