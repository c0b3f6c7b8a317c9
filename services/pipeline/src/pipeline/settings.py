"""Settings of the pipeline, read from `PIPELINE_…`."""

from pydantic import Field

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="PIPELINE_"):
    """What files need beside what every service needs."""

    objects_url: str = Field(pattern=r"^(file:///|s3://)\S+$")
    """Where files are kept: `s3://bucket/prefix`, or a folder, `file:///folder`; the same as the gateway's."""
    objects_options: dict[str, str] = Field(default_factory=dict, repr=False)
    """Of S3, as JSON: `endpoint`, `region`, `access_key_id`, `secret_access_key`."""
    file_ticket_key: str = Field(min_length=32, repr=False)
    """By which tickets for uploads and downloads are signed; a new one ends all links that customers have."""
