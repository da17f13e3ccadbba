"""What DAGs run on by themselves: what lands, what a training run leaves, and the clock.

``MER_WATCH=off`` takes all of it away: then every DAG waits until it is triggered by hand.
"""

from datetime import timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable
from mer_airflow.landing_trigger import ASSET, LandingTrigger

from mer_tasks.landing.watch_settings import WatchSettings

SETTINGS = WatchSettings.load()

landing = Asset(ASSET, watchers=[AssetWatcher(name=ASSET, trigger=LandingTrigger())] if SETTINGS.watch else [])
"""Audio and annotations; an event for each settled change of them."""
corpus = Asset("corpus")
"""What predictions are to be made of, and by which model; an event at the end of each training run."""


def clock(cron: str) -> CronTriggerTimetable | None:
    """At the times of `cron` (UTC), the first of which is yet to come; None if nothing runs by itself."""
    # Airflow takes False for a tenth of the time between two runs, in which it makes up for the last one
    return CronTriggerTimetable(cron, timezone="UTC", run_immediately=timedelta(0)) if SETTINGS.watch else None


def on(asset: Asset, cron: str) -> AssetOrTimeSchedule | None:
    """On each event of `asset`, and at the times of `cron`; None if nothing runs by itself."""
    timetable = clock(cron)
    return AssetOrTimeSchedule(timetable=timetable, assets=asset) if timetable else None
