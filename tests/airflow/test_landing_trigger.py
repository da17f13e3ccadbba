"""The landing trigger, run by Airflow's own manager of shared streams; the tests replace only the asset's state."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from airflow.triggers.base import TriggerEvent
from airflow.triggers.shared_stream import SharedStreamManager
from mer_airflow import landing_trigger as module
from mer_airflow.landing_trigger import PROCESSED, LandingTrigger

from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.local import FileStore

Scenario = Callable[["Triggerer"], Awaitable[None]]
"""Actions and checks of a test while the triggerer runs."""


class AssetState:
    """Stand-in for Airflow's client: the state of the asset, which outlives the triggerer."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.failures = 0
        self.writes: list[str] = []

    def __call__(self, name: str) -> "AssetState":
        assert name == "landing"
        return self

    async def aget(self, key: str) -> Any:
        return self.values.get(key)

    async def aset(self, key: str, value: Any) -> None:
        if self.failures:
            self.failures -= 1
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.GENERIC_ERROR, detail={"message": "away"}))
        self.writes.append("state")
        self.values[key] = value


class Triggerer:
    """Stand-in for Airflow's triggerer: it collects the trigger's events, and confirms those that are in the database."""

    def __init__(self, state: AssetState) -> None:
        self.state = state
        self.manager = SharedStreamManager(log=structlog.get_logger(), ack_timeout=0.5)
        self.events: list[Any] = []
        self._unconfirmed: list[int] = []
        self._numbers = count()

    async def run(self, trigger_id: int = 1) -> None:
        trigger = LandingTrigger()
        key = trigger.shared_stream_key()
        stream = self.manager.subscribe(trigger_id=trigger_id, trigger=trigger, key=key)
        async for event in trigger.filter_shared_stream(stream):
            assert isinstance(event, TriggerEvent)
            seq = self.manager.bind_pending_event(trigger_id=trigger_id, key=key)
            assert seq is not None
            self.events.append(event.payload)
            self._unconfirmed.append(seq)

    def persist(self) -> None:
        """Confirm that Airflow's database has all events so far."""
        self.state.writes.append("database")
        self.manager.confirm_persisted(self._unconfirmed)
        self._unconfirmed.clear()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    """Object store of the environment, with a landing zone below it."""
    store = FileStore(tmp_path / "store")
    (store.root / "landing").mkdir(parents=True)
    monkeypatch.setenv("MER_STORE_URL", store.url)
    monkeypatch.setenv("MER_WATCH_SETTLE_SECONDS", "0")
    monkeypatch.setenv("MER_WATCH_POLL_SECONDS", "0.01")
    return store


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> AssetState:
    state = AssetState()
    monkeypatch.setattr("airflow.sdk.execution_time.context.AssetStateStoreAccessor", state)
    return state


def run_scenario(state: AssetState, scenario: Scenario) -> None:
    """Run a triggerer during a scenario, and then end it as a kill does."""

    async def run_both() -> None:
        triggerer = Triggerer(state)
        running = asyncio.create_task(triggerer.run())
        try:
            await scenario(triggerer)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await triggerer.manager.stop_all()

    asyncio.run(run_both())


async def wait_until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def catalogues(store: ObjectStore) -> list[str]:
    return [info.key for info in store.list("pointers/watch/")]


def test_an_event_counts_as_processed_only_when_airflows_database_has_it(store: FileStore, state: AssetState) -> None:
    async def scenario(triggerer: Triggerer) -> None:
        store.put("landing/rock/1.mp3", b"one")
        await wait_until(lambda: triggerer.events)
        assert catalogues(store)
        await asyncio.sleep(0.1)
        assert state.values == {}
        triggerer.persist()
        await wait_until(lambda: state.values)
        (event,) = triggerer.events
        assert event["named"] == ["new rock/1.mp3"]
        assert state.values == {PROCESSED: {"landing": f"{store.url}/landing", "digest": event["digest"]}}

    run_scenario(state, scenario)
    assert state.writes == ["database", "state"]


def test_an_event_is_sent_again_after_a_kill_before_the_database_has_it(store: FileStore, state: AssetState) -> None:
    events: list[Any] = []

    async def wait_for_event(triggerer: Triggerer) -> None:
        await wait_until(lambda: triggerer.events)
        events.extend(triggerer.events)

    store.put("landing/rock/1.mp3", b"one")
    for _ in range(2):
        run_scenario(state, wait_for_event)
    assert state.values == {}
    assert events[0] == events[1]


def test_an_event_is_not_sent_again_after_a_kill_once_its_state_is_stored(store: FileStore, state: AssetState) -> None:
    async def process_event(triggerer: Triggerer) -> None:
        await wait_until(lambda: triggerer.events)
        triggerer.persist()
        await wait_until(lambda: state.values)

    async def expect_no_event(triggerer: Triggerer) -> None:
        await asyncio.sleep(0.3)
        assert triggerer.events == []

    store.put("landing/rock/1.mp3", b"one")
    run_scenario(state, process_event)
    run_scenario(state, expect_no_event)


def test_an_event_that_does_not_reach_the_database_is_sent_again(
    store: FileStore, state: AssetState, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(triggerer: Triggerer) -> None:
        await wait_until(lambda: triggerer.events)
        await wait_until(lambda: "it will be sent again" in caplog.text)
        assert state.values == {}

    store.put("landing/rock/1.mp3", b"one")
    run_scenario(state, scenario)


def test_a_state_that_cannot_be_stored_is_tried_again_and_logged_once(
    store: FileStore, state: AssetState, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(triggerer: Triggerer) -> None:
        state.failures = 3
        await wait_until(lambda: triggerer.events)
        triggerer.persist()
        await wait_until(lambda: state.values)
        assert len(triggerer.events) == 1

    store.put("landing/rock/1.mp3", b"one")
    run_scenario(state, scenario)
    assert len([record for record in caplog.records if "away" in record.getMessage()]) == 1


def test_a_missing_landing_zone_is_logged_once_and_tried_again(
    store: FileStore, state: AssetState, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(triggerer: Triggerer) -> None:
        await wait_until(lambda: "no such folder" in caplog.text)
        await asyncio.sleep(0.2)
        store.put("landing/rock/1.mp3", b"one")
        await wait_until(lambda: triggerer.events)

    (store.root / "landing").rmdir()
    with caplog.at_level(logging.INFO):
        run_scenario(state, scenario)
    lines = [record.getMessage() for record in caplog.records if record.name == module.__name__]
    assert [line for line in lines if "no such folder" in line] == [
        f"landing zone not watched: {store.url}/landing: no such folder, expected the landing zone; trying again until it works"
    ]
    assert f"landing zone {store.url}/landing: watched again" in lines


def test_a_wrong_configuration_is_logged_in_one_line_and_tried_again_slowly(
    store: FileStore, state: AssetState, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(triggerer: Triggerer) -> None:
        await wait_until(lambda: "expected file:///absolute/folder" in caplog.text)
        monkeypatch.setenv("MER_LANDING_URL", f"{store.url}/landing")
        store.put("landing/rock/1.mp3", b"one")
        await wait_until(lambda: triggerer.events)

    monkeypatch.setattr(module, "SLOW_SECONDS", 0.3)
    monkeypatch.setenv("MER_LANDING_URL", "landing")
    run_scenario(state, scenario)
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


def test_another_landing_zone_starts_from_an_empty_catalogue(store: FileStore, state: AssetState) -> None:
    async def scenario(triggerer: Triggerer) -> None:
        await wait_until(lambda: triggerer.events)
        assert triggerer.events[0]["new"] == 1

    state.values[PROCESSED] = {"landing": "s3://elsewhere", "digest": "of it"}
    store.put("landing/rock/1.mp3", b"one")
    run_scenario(state, scenario)


def test_the_trigger_can_be_made_again_from_its_serialized_form() -> None:
    path, arguments = LandingTrigger().serialize()
    assert (path, arguments) == (f"{module.__name__}.LandingTrigger", {})
    assert LandingTrigger(**arguments).shared_stream_key() == LandingTrigger().shared_stream_key()


def test_the_trigger_cannot_run_without_its_shared_stream() -> None:
    async def run_alone() -> AsyncIterator[TriggerEvent]:
        return await anext(LandingTrigger().run())

    with pytest.raises(NotImplementedError, match="LandingTrigger gets its events from its shared stream only"):
        asyncio.run(run_alone())
