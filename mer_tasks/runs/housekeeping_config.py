"""Configuration of housekeeping: how long the object store keeps what is no longer needed.

The trigger form and the command line import this module, so it must be quick to import.
"""

from typing import Annotated, Any

from pydantic import Field, model_validator

from mer_tasks.config import Config, Decides, deciding

OMITTED = tuple(name for name in Config.model_fields if name not in deciding("places"))
"""Fields of the configuration that housekeeping does not use."""


class HousekeepingConfig(Config):
    """Configuration of housekeeping: how long objects are kept."""

    dry_run: Annotated[bool, Decides("keeping")] = Field(False, description="Only report what would be deleted.")
    blob_days: Annotated[float, Decides("keeping")] = Field(
        30, ge=0, le=36_500, description="Delete features and audio that no published run uses after so many days."
    )
    artifact_days: Annotated[float, Decides("keeping")] = Field(
        90, ge=0, le=36_500, description="Delete test data, checkpoints and trials of published runs after so many days."
    )
    failed_run_days: Annotated[float, Decides("keeping")] = Field(
        30, ge=1, le=36_500, description="Delete runs that were never published after so many days without a change."
    )

    @model_validator(mode="before")
    @classmethod
    def _ignore_mode(cls, values: Any) -> Any:
        """Ignore a mode that the environment sets for runs: housekeeping neither trains nor scores."""
        return {**values, "mode": "train"}
