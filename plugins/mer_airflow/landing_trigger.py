"""Airflow trigger of the asset `landing`: it sends one event for each settled change of the landing zone.

Airflow's triggerer runs it. After an event, the digest of the landing zone's catalogue is stored as the state of the asset, and
the next start of the trigger continues from that state. It is stored only when the event is in Airflow's database, so no event
is lost if the triggerer stops in between. If it stops within the second or two between both writes, the same event is sent
twice. That does no harm: a run that finds nothing new does nothing.

If the landing zone or the object store is unavailable, that is logged once, and the trigger tries again. No error ends it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Hashable, Sequence
from itertools import count
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from airflow.triggers.shared_stream import AdvanceItem, SharedStreamProducer

from mer_airflow.connections import use_connections
from mer_tasks.config import Config
from mer_tasks.errors import MerError, PermanentError, TransientError
from mer_tasks.landing.folder import open_landing
from mer_tasks.landing.watch_settings import WatchSettings
from mer_tasks.landing.watcher import EMPTY, Event, Watch
from mer_tasks.storage import open_store

logger = logging.getLogger(__name__)

ASSET = "landing"
PROCESSED = "processed"
"""Key of the asset's state, which has ``landing``, the URL of the landing zone, and ``digest``, that of its last catalogue."""
SLOW_SECONDS = 60
"""Pause after an error that a person has to fix."""


class LandingProducer(SharedStreamProducer):
    """Producer of a shared stream of events: it watches the landing zone of the environment."""

    def __init__(self) -> None:
        # imported here because it loads the client of Airflow's API, which the DAG files do not need
        from airflow.sdk.execution_time.context import AssetStateStoreAccessor

        self._state = AssetStateStoreAccessor(name=ASSET)
        self._watch: Watch | None = None
        self._landing = ""
        self._pause = 0.0
        self._failing = False

    async def open_stream(self) -> AsyncIterator[tuple[Event, str]]:
        """Yield each event with its digest; the stream never ends."""
        opened = False
        while True:
            event = None
            error_pause = 0.0
            try:
                watch = self._watch if self._watch and opened else await self._open()
                opened = True
                event = await asyncio.to_thread(watch.poll)
                self._log_status(None)
            except Exception as error:
                self._log_status(error)
                opened = not isinstance(error, PermanentError)  # opened again, because the credentials may have been corrected
                error_pause = 0.0 if isinstance(error, TransientError) else SLOW_SECONDS
            if event:
                yield event, event["digest"]
            await asyncio.sleep(max(self._pause, error_pause))

    async def _open(self) -> Watch:
        settings, config = await asyncio.to_thread(_settings)
        self._pause, self._landing = settings.watch_poll_seconds, config.landing
        landing_store = open_landing(config.landing)
        object_store = open_store(config.store_url)
        if self._watch:
            self._watch.use_stores(landing_store, object_store)
        else:
            processed = _processed_digest(await self._state.aget(PROCESSED), config.landing)
            self._watch = Watch(landing_store, object_store, settings.watch_settle_seconds, processed)
            logger.info(
                "landing zone %s: watching for changes since the catalogue with digest %s", config.landing, processed[:12]
            )
        return self._watch

    def _log_status(self, error: Exception | None) -> None:
        """Log one line when the watch begins to fail, and one line when it works again."""
        if error and not self._failing:
            unexpected = None if isinstance(error, (MerError, AirflowRuntimeError)) else error
            line = " ".join(str(error).split())
            logger.warning("landing zone not watched: %s; trying again until it works", line, exc_info=unexpected)
        elif self._failing and not error:
            logger.info("landing zone %s: watched again", self._landing)
        self._failing = bool(error)

    async def advance(self, batch: Sequence[AdvanceItem]) -> None:
        """Store the digest of an event that is in Airflow's database; send an event again that did not get there."""
        item = batch[-1]
        if self._watch is None or not item.outcome.is_clean:
            logger.warning("an event of the landing zone did not reach Airflow's database; it will be sent again")
            if self._watch:
                self._watch.resend_event()
            return
        await self._store_digest(item.broker_payload)
        try:
            await asyncio.to_thread(self._watch.mark_processed, item.broker_payload)
        except MerError as error:
            logger.warning("old catalogues of the landing zone are not deleted: %s", error)

    async def _store_digest(self, digest: str) -> None:
        """Store a digest as the asset's state, and retry without limit: otherwise the same event would be sent again."""
        for attempt in count():
            try:
                await self._state.aset(PROCESSED, {"landing": self._landing, "digest": digest})
                return
            except AirflowRuntimeError as error:
                if attempt == 0:
                    line = " ".join(str(error).split())
                    logger.warning("state of asset %r is not stored: %s; trying again until it is", ASSET, line)
                await asyncio.sleep(self._pause)


def _processed_digest(state: Any, landing: str) -> str:
    """Digest of the last processed catalogue; that of an empty catalogue if `state` belongs to another landing zone."""
    return str(state["digest"]) if isinstance(state, dict) and state.get("landing") == landing else EMPTY


def _settings() -> tuple[WatchSettings, Config]:
    """Read settings and configuration from the environment; call it in a thread, because it requests Airflow's connections."""
    use_connections()
    return WatchSettings.load(), Config.load()


class LandingTrigger(BaseEventTrigger):
    """Trigger that fires once for each settled change of the landing zone."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and no arguments: triggerer and tasks take the landing zone from their environment."""
        return f"{__name__}.{type(self).__name__}", {}

    def shared_stream_key(self) -> Hashable:
        """Return one key for all triggers of this class: they share one producer, which learns which events are stored."""
        return ("mer", ASSET)

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> SharedStreamProducer:
        """Make the producer of the shared stream."""
        return LandingProducer()

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        """Pass on every event unchanged."""
        async for event in shared_stream:
            yield TriggerEvent(event)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Raise NotImplementedError: Airflow runs a trigger with a shared stream through that stream only."""
        raise NotImplementedError(f"{type(self).__name__} gets its events from its shared stream only")
        yield
