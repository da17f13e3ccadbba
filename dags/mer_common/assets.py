"""Schedules of the DAGs: two assets (new files in the landing zone, the end of a training run), and fixed times.

With ``MER_WATCH=off`` there is no schedule: every DAG runs only when a person triggers it.
"""

from datetime import timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable
from mer_airflow.landing_trigger import ASSET, LandingTrigger

from mer_tasks.landing.watch_settings import WatchSettings

SETTINGS = WatchSettings.load()

landing = Asset(ASSET, watchers=[AssetWatcher(name=ASSET, trigger=LandingTrigger())] if SETTINGS.watch else [])
"""Asset for audio, annotations and metadata in the landing zone; it gets an event for each settled change of them."""
corpus = Asset("corpus")
"""Asset for the tracks and the champion that scores them; it gets an event at the end of each training run."""


def time_schedule(cron: str) -> CronTriggerTimetable | None:
    """Schedule runs at the times of `cron` (UTC), but none for times that have passed; returns None with ``MER_WATCH=off``."""
    # with run_immediately=False, Airflow makes up for the last missed time if it was less than a tenth of an interval ago
    return CronTriggerTimetable(cron, timezone="UTC", run_immediately=timedelta(0)) if SETTINGS.watch else None


def asset_or_time_schedule(asset: Asset, cron: str) -> AssetOrTimeSchedule | None:
    """Schedule a run for each event of `asset`, and at the times of `cron` (UTC); returns None with ``MER_WATCH=off``."""
    timetable = time_schedule(cron)
    return AssetOrTimeSchedule(timetable=timetable, assets=asset) if timetable else None
