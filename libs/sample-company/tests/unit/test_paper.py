"""Files that open, and visiting cards that name a customer once more."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pikepdf
from PIL import Image

from sample_company import SampleCompany
from sample_company.documents import competitor_brief, interview_minutes, roi_sheet
from sample_company.duplicates import plain_number
from sample_company.model import Lead
from sample_company.second_records import second_record


def a_lead(company: SampleCompany) -> Lead:
    return next(lead for lead in company.leads if lead.phone and lead.person and "有限公司" in lead.company)


def test_minutes_are_one_page_of_pdf_that_needs_no_repair(company: SampleCompany) -> None:
    document = interview_minutes(a_lead(company))

    with pikepdf.open(BytesIO(document.content), attempt_recovery=False) as opened:
        pages, drawn = len(opened.pages), opened.pages[0].Contents.read_bytes()

    assert pages == 1
    assert "合成数据".encode("utf-16-be").hex().encode() in drawn


def test_chart_and_sheet_are_pictures_of_their_kind(company: SampleCompany) -> None:
    lead = a_lead(company)

    forms = [Image.open(BytesIO(document.content)).format for document in (competitor_brief(lead), roi_sheet(lead))]

    assert forms == ["PNG", "JPEG"]


def test_documents_of_one_lead_are_the_same_and_of_two_are_not(company: SampleCompany) -> None:
    one, other = a_lead(company), company.leads[-1]

    for make in (interview_minutes, competitor_brief, roi_sheet):
        assert make(one) == make(one)
        assert make(one).content != make(other).content


def test_a_second_record_keeps_person_and_number_and_calls_the_company_by_a_department(company: SampleCompany) -> None:
    lead = a_lead(company)

    record = second_record(lead)

    assert record is not None
    assert record.person == lead.person
    assert plain_number(record.phone) == plain_number(lead.phone)
    assert record.phone != lead.phone
    assert record.name.startswith(lead.company.partition("有限公司")[0])
    assert record.name.endswith(("（采购部）", "（设备科）"))


def test_nobody_makes_a_second_record_of_a_lead_without_a_number(company: SampleCompany) -> None:
    assert second_record(replace(a_lead(company), phone="")) is None
