"""Settings of the watcher and of schedules, from ``MER_WATCH`` and ``MER_WATCH_*``."""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from mer_tasks.errors import ConfigError


class WatchSettings(BaseSettings):
    """Whether DAGs run by themselves, and the times of the watcher: from ``MER_WATCH`` and ``MER_WATCH_*``."""

    model_config = SettingsConfigDict(env_prefix="MER_", frozen=True)

    watch: bool = Field(default=True, description="Off: every DAG waits until somebody triggers it.")
    watch_settle_seconds: float = Field(
        default=60,
        ge=0,
        le=86400,
        description="The landing zone must stay unchanged for so long before a change makes an event.",
    )
    watch_poll_seconds: float = Field(default=10, gt=0, le=3600, description="Pause between two listings.")
    watch_overdue_minutes: float = Field(
        default=60, ge=0, le=60 * 24 * 7, description="A run is late when it takes so much longer than the average run."
    )

    @classmethod
    def load(cls) -> "WatchSettings":
        """Load the settings from the environment.

        Raises
        ------
        ConfigError
            One line that names each wrong variable, its value and what was expected.
        """
        try:
            return cls()
        except ValidationError as error:
            problems = (f"MER_{str(item['loc'][0]).upper()}={item.get('input')!r}: {item['msg']}" for item in error.errors())
            raise ConfigError(f"environment: {'; '.join(problems)}") from None
