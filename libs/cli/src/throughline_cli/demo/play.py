"""The whole demo: sets the tenant up, walks through the month, and asks the services what came of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from throughline_cli.demo.book import Book
from throughline_cli.demo.messages import utc
from throughline_cli.demo.report import Reporter
from throughline_cli.demo.report_view import ReportView
from throughline_cli.demo.setting_up import set_up
from throughline_cli.demo.stage import ADMIN_SUBJECT, beginning, open_stage
from throughline_cli.demo.walk import Walk
from throughline_cli.endpoints import Caller
from throughline_cli.session import Session

_AT_ONCE = 6
"""Calls at the same time: enough to fill two cores, few enough to keep answers quick."""


def play(session: Session, *, leads: int, days: int, as_json: bool) -> None:
    """Plays so many days and shows the report.

    Raises:
        Failure: the suite refused or failed; another call goes on from there.
    """
    began = time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        stage, company = open_stage(session, leads)
        _note(session, "demo.setting_up", as_json, name=company.name)
        set_up(stage, company, workers)
        book = Book(company)
        if known := book.restore(stage.admin.pages("/v1/leads", "leads", page_size=200)):
            _note(session, "demo.resuming", as_json, count=known)
        walk = Walk(stage, book, workers)
        first = beginning(company)
        with session.screen.progress(session.texts("demo.waiting"), days, silent=as_json) as bar:

            def told(now: datetime) -> None:
                day = min(float(days), max(0.0, (now - first) / timedelta(days=1)))
                bar.to(round(day, 2), text=session.texts("demo.day", day=min(days, int(day) + 1)))

            now = walk.to(first + timedelta(days=days), told)
        report = Reporter(stage, company, book, walk.tally, workers).report(utc(now))
    token = session.tokens.of(Caller(stage.tenant_id, ADMIN_SUBJECT))
    elapsed_s = time.monotonic() - began
    view = ReportView(session, stage, report)
    session.screen.show(report.as_json(), lambda: view.show(elapsed_s=elapsed_s, token=token), as_json=as_json)


def _note(session: Session, key: str, as_json: bool, **values: Any) -> None:
    if not as_json:
        session.screen.note(key, **values)
