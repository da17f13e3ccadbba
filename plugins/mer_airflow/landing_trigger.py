"""The trigger behind the asset `landing`: an event for each settled change of the landing zone, once.

The triggerer runs it. An event counts as sent when Airflow's database has it: only then does its digest become the state of the
asset from which the next start goes on, so that an end in between loses nothing. An end within the second or two between both
tells the same event once more, and a run that finds nothing new does nothing.

A landing zone or a store that is away is logged once and asked again; nothing ends the trigger.
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
from mer_tasks.landing.watch_settings import WatchSettings
from mer_tasks.landing.watcher import EMPTY, Event, Watch
from mer_tasks.storage.factory import open_store

logger = logging.getLogger(__name__)

ASSET = "landing"
PROCESSED = "processed"
"""Key of the asset's state: ``landing``, the URL of the landing zone, and ``digest``, of its last catalogue."""
SLOW_SECONDS = 60
"""Pause after an error that somebody has to do something about."""


class LandingProducer(SharedStreamProducer):
    """Watches the landing zone that the environment names."""

    def __init__(self) -> None:
        # imports the client of Airflow's API, which a DAG file has no use for
        from airflow.sdk.execution_time.context import AssetStateStoreAccessor

        self._state = AssetStateStoreAccessor(name=ASSET)
        self._watch: Watch | None = None
        self._landing = ""
        self._pause = 0.0
        self._troubled = False

    async def open_stream(self) -> AsyncIterator[tuple[Event, str]]:
        """Events, each with its digest; for ever."""
        opened = False
        while True:
            event, slow = None, 0.0
            try:
                watch = self._watch if self._watch and opened else await self._open()
                opened = True
                event = await asyncio.to_thread(watch.look)
                self._say(None)
            except Exception as error:
                self._say(error)
                opened = not isinstance(error, PermanentError)  # credentials may have been set right
                slow = 0.0 if isinstance(error, TransientError) else SLOW_SECONDS
            if event:
                yield event, event["digest"]
            await asyncio.sleep(max(self._pause, slow))

    async def _open(self) -> Watch:
        settings, config = await asyncio.to_thread(_settings)
        self._pause, self._landing = settings.watch_poll_seconds, config.landing
        places = open_store(config.landing), open_store(config.store_url)
        if self._watch:
            self._watch.use(*places)
        else:
            processed = _digest(await self._state.aget(PROCESSED), config.landing)
            self._watch = Watch(*places, settings.watch_settle_seconds, processed)
            logger.info("landing zone %s: watched, from catalogue %s on", config.landing, processed[:12])
        return self._watch

    def _say(self, trouble: Exception | None) -> None:
        """One line when something begins to be wrong, and one when all is well again."""
        if trouble and not self._troubled:
            unknown = None if isinstance(trouble, (MerError, AirflowRuntimeError)) else trouble
            line = " ".join(str(trouble).split())
            logger.warning("landing zone not watched: %s; tried again until it can be", line, exc_info=unknown)
        elif self._troubled and not trouble:
            logger.info("landing zone %s: watched again", self._landing)
        self._troubled = bool(trouble)

    async def advance(self, batch: Sequence[AdvanceItem]) -> None:
        """Airflow's database has these events, or will not get them."""
        item = batch[-1]
        if self._watch is None or not item.outcome.is_clean:
            logger.warning("an event of the landing zone did not reach Airflow's database; it is told again")
            if self._watch:
                self._watch.again()
            return
        await self._remember(item.broker_payload)
        try:
            await asyncio.to_thread(self._watch.settled, item.broker_payload)
        except MerError as error:
            logger.warning("old catalogues stay: %s", error)

    async def _remember(self, digest: str) -> None:
        """Make a digest the asset's state, however long that takes: an event that is not remembered would be told again."""
        for attempt in count():
            try:
                await self._state.aset(PROCESSED, {"landing": self._landing, "digest": digest})
                return
            except AirflowRuntimeError as error:
                if attempt == 0:
                    logger.warning("state of asset %r: %s; tried again until it is kept", ASSET, " ".join(str(error).split()))
                await asyncio.sleep(self._pause)


def _digest(state: Any, landing: str) -> str:
    """Digest of the catalogue from which to go on; that of an empty one for another landing zone."""
    return str(state["digest"]) if isinstance(state, dict) and state.get("landing") == landing else EMPTY


def _settings() -> tuple[WatchSettings, Config]:
    """What the environment says; in a thread, since connections are asked for."""
    use_connections()
    return WatchSettings.load(), Config.load()


class LandingTrigger(BaseEventTrigger):
    """Fires once per settled change of the landing zone."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Without arguments: the landing zone is that of the triggerer's environment, as it is that of the tasks'."""
        return f"{__name__}.{type(self).__name__}", {}

    def shared_stream_key(self) -> Hashable:
        """All triggers of this class are told by one producer, which hears of what has reached Airflow's database."""
        return ("mer", ASSET)

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> SharedStreamProducer:
        """The producer."""
        return LandingProducer()

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        """Every event as it is."""
        async for event in shared_stream:
            yield TriggerEvent(event)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Not the way in which Airflow runs a trigger of a shared stream."""
        raise NotImplementedError(f"{type(self).__name__} is told by its shared stream")
        yield
