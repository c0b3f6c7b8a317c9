"""What the desks of files need from a service."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from chassis.audit import AuditTrail
from chassis.authorization import Resource
from chassis.files.file import FileEvent
from chassis.files.postgres_files import PostgresFiles
from chassis.ids import TenantId
from chassis.timers import TimerSchedule

R = TypeVar("R")


class Outbox(Protocol):
    """Facts that leave with the transaction."""

    def append(self, event: FileEvent) -> None:
        """Adds a fact."""
        ...


class FilesWork(Protocol):
    """What one transaction offers."""

    @property
    def now(self) -> datetime:
        """Business time of the transaction."""
        ...

    @property
    def tenant_id(self) -> TenantId:
        """Tenant it is done for."""
        ...

    @property
    def files(self) -> PostgresFiles:
        """The tenant's files."""
        ...

    @property
    def timers(self) -> TimerSchedule:
        """Deadlines."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Facts to tell."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Rows of the audit."""
        ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class FilesUnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[FilesWork]:
        """One transaction; leaving by an exception rolls it back."""
        ...


class Referrers(Protocol):
    """The service's aggregates that refer to files: who sees one of them sees its files."""

    async def resources_of(self, work: Any, referring: Sequence[str]) -> Sequence[tuple[str, Resource]]:
        """The permission that reading each of them takes, and whose it is; unknown ones are left out.

        Args:
            work: the running transaction of the service.
            referring: names such as `opportunities/0190f3c4-…`.
        """
        ...


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What a tenant has decided about files."""

    largest_bytes: int
    version: int = 0
    """0 where nothing was decided."""
