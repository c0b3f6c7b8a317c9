"""Follow what becomes of models: note the announcement, then fetch the bytes, verify them and put them to use."""

from dataclasses import dataclass

import structlog

from chassis.errors import NotFound, ThroughlineError
from chassis.failpoints import failpoints
from lead_router.application.model_ports import Announcement, ModelSource
from lead_router.application.ports import UnitOfWork
from scorecard import ArtifactInvalid, decode

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModelFollower:
    """Announcements are noted in the transaction of their event; no model is fetched inside a transaction."""

    unit_of_work: UnitOfWork
    source: ModelSource

    async def note(self, announcement: Announcement) -> None:
        """Keeps an announcement. Idempotent, and in whatever order announcements come the highest sequence holds."""
        async with self.unit_of_work.begin() as work:
            await work.lead_models.announce(announcement)

    async def fetch(self) -> None:
        """Fetches and activates what was announced and is not here yet. Until then the model before scores."""
        async with self.unit_of_work.begin() as work:
            wanted = await work.lead_models.wanted()
        for announcement in wanted:
            await self._fetch(announcement)

    async def _fetch(self, announcement: Announcement) -> None:
        fault, content = "", b""
        try:
            content = await self.source.content(announcement.model_id)
            decode(content, sha256=announcement.sha256)
        except (ArtifactInvalid, NotFound) as error:
            fault = str(error)
            log.error("model.refused", model_id=announcement.model_id, fault=fault)
        except ThroughlineError as error:
            log.warning("model.not_fetched", model_id=announcement.model_id, fault=str(error))
            return  # The next look tries again.
        failpoints.reach("model.fetched")
        async with self.unit_of_work.begin() as work:
            if fault:
                await work.lead_models.refuse(announcement, fault)
            else:
                await work.lead_models.keep(announcement, content)
            work.audit.record(
                action="model.refuse" if fault else "model.activate",
                resource=f"lead-models/{announcement.model_id}",
                after={"role": announcement.role, "sha256": announcement.sha256, "fault": fault},
            )
