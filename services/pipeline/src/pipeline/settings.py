"""Settings of the pipeline, read from `PIPELINE_…`."""

from pydantic import Field, field_validator

from chassis.settings import ServiceSettings

_SHORTEST_KEY = 32


class Settings(ServiceSettings, env_prefix="PIPELINE_"):
    """What files need beside what every service needs."""

    objects_url: str = Field(pattern=r"^(file:///|s3://)\S+$")
    """Where files are kept: `s3://bucket/prefix`, or a folder, `file:///folder`; the same as the gateway's."""
    objects_options: dict[str, str] = Field(default_factory=dict, repr=False)
    """Of S3, as JSON: `endpoint`, `region`, `access_key_id`, `secret_access_key`."""
    file_ticket_key: str = Field(repr=False)
    """By which tickets for uploads and downloads are signed: at least 32 characters, one key a line. The first signs,
    all are taken; a key that is taken out ends the links that customers have by it."""

    @property
    def file_ticket_keys(self) -> list[str]:
        """The keys one by one."""
        return self.file_ticket_key.splitlines()

    @field_validator("file_ticket_key")
    @classmethod
    def _ticket_keys_are_long(cls, keys: str) -> str:
        for number, key in enumerate(keys.splitlines(), start=1):
            if len(key) < _SHORTEST_KEY:
                raise ValueError(f"line {number} has less than {_SHORTEST_KEY} characters")
        return keys
