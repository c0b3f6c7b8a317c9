"""The composition root: adapters into use cases, use cases into servicers, consumers, timers and jobs."""

from datetime import timedelta
from functools import partial

from chassis.every_tenant import for_every_tenant
from chassis.retention import tenants_of
from chassis.role_table import NOT_GRANTABLE
from chassis.runtime import Runtime
from chassis.service import Job, Service
from chassis.subscription import Subscription
from chassis.unit_of_work import UnitOfWork
from collab.adapters.company import DirectoryCompany
from collab.adapters.grpc.calendar_servicer import CalendarServicer
from collab.adapters.grpc.contact_mapping import contact_rendering
from collab.adapters.grpc.contact_servicer import ContactServicer
from collab.adapters.grpc.converted_customer_servicer import ConvertedCustomerServicer
from collab.adapters.grpc.customer_merge_servicer import CustomerMergeServicer
from collab.adapters.grpc.customer_servicer import CustomerServicer
from collab.adapters.grpc.directory_servicer import DirectoryServicer
from collab.adapters.grpc.notification_servicer import NotificationServicer
from collab.adapters.grpc.task_mapping import task_rendering
from collab.adapters.grpc.task_servicer import TaskServicer
from collab.adapters.grpc.tenant_servicer import TenantServicer
from collab.adapters.grpc.timeline_servicer import TimelineServicer
from collab.adapters.grpc.workbench_servicer import WorkbenchServicer
from collab.adapters.holidays import public_holidays
from collab.adapters.kafka.events import AGGREGATES
from collab.adapters.kafka.lead_facts import lead_fact_handlers
from collab.adapters.kafka.snapshots import SNAPSHOTS
from collab.adapters.kafka.task_facts import task_fact_handlers
from collab.adapters.kafka.timeline_facts import timeline_handlers
from collab.adapters.kafka.water_line_facts import water_line_handlers
from collab.adapters.places import DirectoryPlaces
from collab.adapters.postgres.record_sets import RECORD_SETS, TIMELINE
from collab.adapters.postgres.unit_of_work import PostgresWork
from collab.adapters.smtp.mail_room import MailRoom
from collab.adapters.smtp.postman import MailServer, SmtpPostman
from collab.adapters.texts.notification_texts import CatalogueTexts
from collab.adapters.texts.task_titles import CatalogueTitles
from collab.adapters.timers.task_alarm import task_alarm
from collab.adapters.timers.unread_urgent import unread_urgent
from collab.application.announce import Announcer
from collab.application.convert_customer import ConvertedCustomers
from collab.application.create_customer import CreateCustomerHandler
from collab.application.create_tenant import CreateTenantHandler
from collab.application.customer_access import CustomerAccess
from collab.application.customer_ports import CustomerUnitOfWork
from collab.application.customer_settings import CustomerSettingsKeeper
from collab.application.deactivate_person import DeactivatePersonHandler
from collab.application.deliver_letters import DeliverLettersHandler
from collab.application.edit_calendar import PutCalendarDaysHandler
from collab.application.escalate_unread import EscalateUnreadHandler
from collab.application.find_contacts import ContactFinder
from collab.application.find_customers import CustomerFinder
from collab.application.find_merges import MergeFinder
from collab.application.find_notifications import NotificationFinder
from collab.application.find_people import PeopleFinder
from collab.application.find_tasks import TaskFinder
from collab.application.find_timeline import TimelineFinder
from collab.application.follow_leads import LeadFollower
from collab.application.import_directory import ImportDirectoryHandler
from collab.application.keep_contacts import ContactKeeper
from collab.application.keep_timeline import TimelineKeeper
from collab.application.mark_notification_read import MarkNotificationReadHandler
from collab.application.match_customers import FindCustomerMatchesHandler
from collab.application.merge_customers import CustomerMerger
from collab.application.move_customer import CustomerMover
from collab.application.ports import UnitOfWork as UnitOfWorkPort
from collab.application.publish_holidays import PublishHolidaysHandler
from collab.application.read_calendar import CalendarReader
from collab.application.read_tenant import TenantReader
from collab.application.read_workbench import WorkbenchReader
from collab.application.ring_task import RingTaskHandler
from collab.application.rule_tasks import RuleTasks
from collab.application.task_book import TaskBook
from collab.application.task_desk import TaskAccess, TaskDesk
from collab.application.task_ports import TaskUnitOfWork
from collab.application.task_settings import TaskSettingsKeeper
from collab.application.tell_lead_news import TellLeadNewsHandler
from collab.application.tell_water_line_news import TellWaterLineNewsHandler
from collab.application.timeline_ports import TimelineUnitOfWork
from collab.application.unmerge_customers import UnmergeCustomersHandler
from collab.application.update_customer import UpdateCustomerHandler
from collab.application.update_person import UpdatePersonHandler
from collab.settings import Settings

_HOLIDAYS_EVERY_S = 3600.0


async def build(runtime: Runtime[Settings]) -> Service:
    """The service's parts."""
    settings, database = runtime.settings, runtime.database
    unit_of_work = UnitOfWork(database, PostgresWork)
    texts = CatalogueTexts.load()
    mail_room = MailRoom(partial(tenants_of, database)) if settings.smtp_url else None
    announcer = Announcer(timedelta(minutes=settings.escalate_unread_after_min), mail_room)
    book = TaskBook(announcer, DirectoryCompany(runtime.directory))
    publish_holidays = PublishHolidaysHandler(unit_of_work, public_holidays)
    holidays_job = for_every_tenant(database, "collab.publish_holidays", publish_holidays)
    return Service(
        servicers=[
            TenantServicer(CreateTenantHandler(unit_of_work, public_holidays), TenantReader(unit_of_work)),
            _directory(runtime, unit_of_work),
            _customers(runtime, unit_of_work),
            _merges(runtime, unit_of_work),
            _contacts(runtime, unit_of_work),
            ConvertedCustomerServicer(ConvertedCustomers(unit_of_work)),
            TimelineServicer(TimelineFinder(unit_of_work, CustomerAccess(runtime.authorizer))),
            _tasks(runtime, unit_of_work, book),
            WorkbenchServicer(
                WorkbenchReader(unit_of_work, runtime.authorizer), task_rendering(CatalogueTitles.load())
            ),
            CalendarServicer(PutCalendarDaysHandler(unit_of_work), CalendarReader(unit_of_work)),
            NotificationServicer(
                NotificationFinder(unit_of_work, runtime.authorizer), MarkNotificationReadHandler(unit_of_work), texts
            ),
        ],
        aggregates=AGGREGATES,
        subscriptions=[
            _notifications(unit_of_work, announcer),
            _timeline(runtime, unit_of_work),
            _rule_tasks(RuleTasks(unit_of_work, unit_of_work, book)),
        ],
        timer_kinds=[
            unread_urgent(EscalateUnreadHandler(unit_of_work, announcer)),
            task_alarm(RingTaskHandler(unit_of_work, book)),
        ],
        snapshots=SNAPSHOTS,
        records=RECORD_SETS,
        jobs=[Job("publish_holidays", _HOLIDAYS_EVERY_S, holidays_job)],
        working=[partial(mail_room.run, _mail(settings, unit_of_work, texts))] if mail_room else [],
    )


def _directory(runtime: Runtime[Settings], unit_of_work: UnitOfWorkPort) -> DirectoryServicer:
    grantable = frozenset(runtime.authorizer.roles.scopes) - NOT_GRANTABLE
    return DirectoryServicer(
        ImportDirectoryHandler(unit_of_work, grantable),
        UpdatePersonHandler(unit_of_work, grantable),
        DeactivatePersonHandler(unit_of_work),
        PeopleFinder(unit_of_work, runtime.authorizer),
    )


def _customers(runtime: Runtime[Settings], unit_of_work: CustomerUnitOfWork) -> CustomerServicer:
    access = CustomerAccess(runtime.authorizer)
    return CustomerServicer(
        CreateCustomerHandler(unit_of_work, access),
        UpdateCustomerHandler(unit_of_work, access),
        CustomerMover(unit_of_work, access),
        CustomerFinder(unit_of_work, runtime.authorizer, access),
        find_matches=FindCustomerMatchesHandler(unit_of_work),
        settings=CustomerSettingsKeeper(unit_of_work),
    )


def _merges(runtime: Runtime[Settings], unit_of_work: CustomerUnitOfWork) -> CustomerMergeServicer:
    access = CustomerAccess(runtime.authorizer)
    return CustomerMergeServicer(
        CustomerMerger(unit_of_work, access),
        UnmergeCustomersHandler(unit_of_work, access),
        MergeFinder(unit_of_work, access),
    )


def _contacts(runtime: Runtime[Settings], unit_of_work: CustomerUnitOfWork) -> ContactServicer:
    access = CustomerAccess(runtime.authorizer)
    return ContactServicer(
        ContactKeeper(unit_of_work, access),
        ContactFinder(unit_of_work, access),
        contact_rendering(runtime.authorizer),
    )


def _tasks(runtime: Runtime[Settings], unit_of_work: TaskUnitOfWork, book: TaskBook) -> TaskServicer:
    access, customers = TaskAccess(runtime.authorizer), CustomerAccess(runtime.authorizer)
    return TaskServicer(
        TaskDesk(unit_of_work, access, customers, book),
        TaskFinder(unit_of_work, access, customers),
        TaskSettingsKeeper(unit_of_work),
        task_rendering(CatalogueTitles.load()),
    )


def _rule_tasks(rules: RuleTasks) -> Subscription:
    return Subscription("collab.tasks", aggregates=("lead", "customer"), handlers=task_fact_handlers(rules))


def _notifications(unit_of_work: UnitOfWorkPort, announcer: Announcer) -> Subscription:
    handlers = {
        **lead_fact_handlers(TellLeadNewsHandler(unit_of_work, announcer), LeadFollower(unit_of_work)),
        **water_line_handlers(TellWaterLineNewsHandler(unit_of_work, announcer)),
    }
    aggregates = ("lead", "first_contact_summary", "water_line")
    return Subscription("collab.notifications", aggregates=aggregates, handlers=handlers)


def _timeline(runtime: Runtime[Settings], unit_of_work: TimelineUnitOfWork) -> Subscription:
    keeper = TimelineKeeper(unit_of_work, DirectoryPlaces(runtime.directory))
    aggregates = ("lead", "opportunity", "follow_up", "customer", "task")
    return Subscription(TIMELINE, aggregates=aggregates, handlers=timeline_handlers(keeper))


def _mail(settings: Settings, unit_of_work: UnitOfWorkPort, texts: CatalogueTexts) -> DeliverLettersHandler:
    postman = SmtpPostman(MailServer.parse(settings.smtp_url or ""), settings.mail_from)
    return DeliverLettersHandler(unit_of_work, postman, texts, settings.console_url.rstrip("/"))
