"""The gate that keeps promises to callers notices what it should, on small contracts of its own."""

from pathlib import Path

import pytest
from check_breaking_changes import breaking_changes

LEAD = """\
syntax = "proto3";

package throughline.lead_router.v1;

message Lead {{
  {fields}
}}
"""


def contracts(folder: Path, *fields: str) -> Path:
    file = folder / "throughline" / "lead_router" / "v1" / "lead.proto"
    file.parent.mkdir(parents=True)
    file.write_text(LEAD.format(fields="\n  ".join(fields)))
    return folder


def test_a_field_more_breaks_nobody(tmp_path: Path) -> None:
    before = contracts(tmp_path / "before", "string lead_id = 1;")
    after = contracts(tmp_path / "after", "string lead_id = 1;", "int32 score = 2;")

    assert breaking_changes(before=before, after=after) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        pytest.param([], '"1" with name "lead_id"', id="removed"),
        pytest.param(["int64 lead_id = 1;"], "changed type", id="another type"),
        pytest.param(["string id = 1;"], "changed name", id="another name, which JSON shows"),
        pytest.param(["repeated string lead_id = 1;"], "changed cardinality", id="many instead of one"),
    ],
)
def test_a_field_that_callers_use_cannot_change(tmp_path: Path, fields: list[str], complaint: str) -> None:
    before = contracts(tmp_path / "before", "string lead_id = 1;")
    after = contracts(tmp_path / "after", *fields)

    faults = breaking_changes(before=before, after=after)

    assert len(faults) >= 1
    assert complaint in " ".join(faults)


def test_a_field_may_go_when_its_number_and_name_stay_reserved(tmp_path: Path) -> None:
    before = contracts(tmp_path / "before", "string lead_id = 1;", "string fax = 2;")
    after = contracts(tmp_path / "after", "reserved 2;", 'reserved "fax";', "string lead_id = 1;")

    assert breaking_changes(before=before, after=after) == []
