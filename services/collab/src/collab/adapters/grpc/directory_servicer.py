"""DirectoryService: people and teams in and out."""

import grpc

from chassis.idempotency import answered
from chassis.ids import PersonId
from chassis.pages import cursor_of, size_of, token_after
from collab.adapters.grpc import directory_mapping as mapping
from collab.application.deactivate_person import DeactivatePerson, DeactivatePersonHandler
from collab.application.find_people import PeopleFinder
from collab.application.import_directory import ImportDirectoryHandler
from collab.application.ports import PeopleFilter
from collab.application.update_person import UpdatePersonHandler
from collab.domain.names import sort_key
from throughline.collab.v1 import directory_service_pb2 as pb
from throughline.collab.v1.directory_service_pb2_grpc import DirectoryServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class DirectoryServicer(DirectoryServiceServicer):
    """Parse, call, render."""

    def __init__(
        self,
        import_directory: ImportDirectoryHandler,
        update_person: UpdatePersonHandler,
        deactivate_person: DeactivatePersonHandler,
        find: PeopleFinder,
    ) -> None:
        self._import_directory = import_directory
        self._update_person = update_person
        self._deactivate_person = deactivate_person
        self._find = find

    async def ImportDirectory(self, request: pb.ImportDirectoryRequest, context: Context) -> pb.ImportDirectoryResponse:
        return await answered(self._import_directory(mapping.import_directory(request)), mapping.imported)

    async def GetPerson(self, request: pb.GetPersonRequest, context: Context) -> pb.GetPersonResponse:
        person = await self._find.get(PersonId(request.person_id.lower()))
        return pb.GetPersonResponse(person=mapping.person_message(person))

    async def GetMe(self, request: pb.GetMeRequest, context: Context) -> pb.GetMeResponse:
        person, permissions = await self._find.me()
        return pb.GetMeResponse(person=mapping.person_message(person), permissions=permissions)

    async def ListPeople(self, request: pb.ListPeopleRequest, context: Context) -> pb.ListPeopleResponse:
        size = size_of(request)
        wanted = PeopleFilter(request.team_id.lower(), request.role)
        found = await self._find.page(wanted, cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(sort_key(page[-1].name),), id=page[-1].id) if len(found) > size else ""
        people = [mapping.person_message(person) for person in page]
        return pb.ListPeopleResponse(people=people, next_page_token=token)

    async def BatchGetPeople(self, request: pb.BatchGetPeopleRequest, context: Context) -> pb.BatchGetPeopleResponse:
        people = await self._find.get_many([PersonId(each.lower()) for each in request.person_ids])
        return pb.BatchGetPeopleResponse(people=[mapping.person_message(person) for person in people])

    async def UpdatePerson(self, request: pb.UpdatePersonRequest, context: Context) -> pb.UpdatePersonResponse:
        return await answered(self._update_person(mapping.update_person(request)), mapping.updated)

    async def DeactivatePerson(
        self, request: pb.DeactivatePersonRequest, context: Context
    ) -> pb.DeactivatePersonResponse:
        command = DeactivatePerson(PersonId(request.person_id.lower()), request.version)
        return await answered(self._deactivate_person(command), mapping.deactivated)

    async def ListTeams(self, request: pb.ListTeamsRequest, context: Context) -> pb.ListTeamsResponse:
        size = size_of(request)
        found = await self._find.teams(cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(sort_key(page[-1].name),), id=page[-1].id) if len(found) > size else ""
        return pb.ListTeamsResponse(teams=[mapping.team_message(team) for team in page], next_page_token=token)
