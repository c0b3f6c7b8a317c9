"""Tell managers what happened to a water line."""

from dataclasses import dataclass

from collab.application.announce import Announcer
from collab.application.ports import UnitOfWork
from collab.domain.water_line_news import WaterLineNews


@dataclass(frozen=True, slots=True)
class TellWaterLineNewsHandler:
    """The same event a second time tells nobody anything new."""

    unit_of_work: UnitOfWork
    announcer: Announcer

    async def __call__(self, news: WaterLineNews) -> None:
        """Notifies the managers; figures of a month are never urgent."""
        async with self.unit_of_work.begin() as work:
            team = next((team for team in await work.teams.all() if team.id == news.team_id), None)
            told = news.of_team(team.name) if team else news
            await self.announcer.tell(work, told, is_urgent=False)
