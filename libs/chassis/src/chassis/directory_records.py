"""The directory's read copy as sets of records, which every service is asked for and its owner answers for."""

from __future__ import annotations

from chassis.record_sets import RecordSet, RecordSets


def directory_records(service: str) -> RecordSets:
    """What the service keeps of the directory.

    The subject of a person is digested: it may be an address. A calendar is compared by its version, for its days are
    kept in another form here than by their owner.
    """
    statements = {
        "directory_tenants": "SELECT tenant_id AS id, ARRAY[state, zone, currency, locale] AS facts FROM tenant",
        "directory_teams": (
            "SELECT team_id AS id, ARRAY[parent_team_id::text, leader_id::text, kind] AS facts FROM directory_team"
        ),
        "directory_people": (
            "SELECT person_id AS id, ARRAY[encode(sha256(convert_to(subject, 'UTF8')), 'hex'), team_id::text,"
            " supervisor_id::text, array_to_string(ARRAY(SELECT unnest(roles) ORDER BY 1), ','), is_active::text]"
            " AS facts FROM directory_person"
        ),
        "directory_calendars": "SELECT tenant_id AS id, ARRAY[version::text] AS facts FROM directory_calendar",
    }
    return {name: RecordSet(select, consumer=f"{service}.directory") for name, select in statements.items()}
