"""The MER pages in Airflow's user interface: an entry in the navigation, and a tab on every DAG run. And the scheduler's code.

All of Airflow's processes load this file; what the pages need is imported when somebody first opens one.
"""

import asyncio
from importlib import import_module
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin
from mer_airflow.code_check import SchedulerStarts

PREFIX = "mer"
ICON = f"{PREFIX}/look/icon.svg"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The application behind the pages; in a thread, since its first import takes a while."""
    module = await asyncio.to_thread(import_module, "mer_airflow.pages")
    await module.app(scope, receive, send)


class MerPlugin(AirflowPlugin):
    """Addresses are relative to Airflow's own, which may have a path."""

    name = "mer"
    fastapi_apps: ClassVar[list[Any]] = [{"app": pages, "url_prefix": f"/{PREFIX}", "name": "MER"}]
    external_views: ClassVar[list[Any]] = [
        {"name": "MER", "href": f"{PREFIX}/", "destination": "nav", "url_route": "mer", "icon": ICON},
        {"name": "MER", "href": f"{PREFIX}/run?id={{RUN_ID}}", "destination": "dag_run", "url_route": "mer-run", "icon": ICON},
    ]
    listeners: ClassVar[list[Any]] = [SchedulerStarts()]
