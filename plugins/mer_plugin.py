"""Airflow plugin: the MER pages in the user interface, and the listener that records the scheduler's code version.

The pages have an entry in the navigation and a tab on every DAG run. All of Airflow's processes load this file; the modules
that the pages need are imported when a user first opens a page.
"""

import asyncio
from importlib import import_module
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin
from mer_airflow.code_check import SchedulerStartListener

PREFIX = "mer"
ICON = f"{PREFIX}/look/icon.svg"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """Serve a request of the MER pages (ASGI); the application is imported in a thread, because the first import is slow."""
    module = await asyncio.to_thread(import_module, "mer_airflow.pages")
    await module.app(scope, receive, send)


class MerPlugin(AirflowPlugin):
    """Register the MER pages and the listener with Airflow; addresses are relative, because Airflow's URL may have a path."""

    name = "mer"
    fastapi_apps: ClassVar[list[Any]] = [{"app": pages, "url_prefix": f"/{PREFIX}", "name": "MER"}]
    external_views: ClassVar[list[Any]] = [
        {"name": "MER", "href": f"{PREFIX}/", "destination": "nav", "url_route": "mer", "icon": ICON},
        {"name": "MER", "href": f"{PREFIX}/run?id={{RUN_ID}}", "destination": "dag_run", "url_route": "mer-run", "icon": ICON},
    ]
    listeners: ClassVar[list[Any]] = [SchedulerStartListener()]
