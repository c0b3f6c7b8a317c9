"""Tell people what happened to a lead."""

from dataclasses import dataclass

from collab.application.announce import Announcer, stop_watching
from collab.application.ports import UnitOfWork
from collab.domain.lead_news import LeadNews, NewsKind


@dataclass(frozen=True, slots=True)
class TellLeadNewsHandler:
    """The same event a second time tells nobody anything new."""

    unit_of_work: UnitOfWork
    announcer: Announcer

    async def __call__(self, news: LeadNews) -> None:
        """Notifies those whom the news concern; news of an urgent lead are urgent."""
        async with self.unit_of_work.begin() as work:
            if news.is_urgent:
                await work.urgent_leads.add(news.lead_id)
            is_urgent = news.is_urgent or await work.urgent_leads.includes(news.lead_id)
            if news.kind is NewsKind.REASSIGNED:
                await stop_watching(work, news.resource)  # it is somebody else's to read now
            await self.announcer.tell(work, news, is_urgent=is_urgent)
