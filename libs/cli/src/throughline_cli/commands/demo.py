"""`demo`: the first-line story, with the sample company on a running suite."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Annotated

import typer

from sample_company.generate import DAYS, MOST_LEADS
from throughline_cli.commands.suite import bring_up
from throughline_cli.demo.book import Book
from throughline_cli.demo.messages import utc
from throughline_cli.demo.report import Reporter
from throughline_cli.demo.report_view import ReportView
from throughline_cli.demo.setting_up import set_up
from throughline_cli.demo.stage import ADMIN_SUBJECT, beginning, open_stage
from throughline_cli.demo.walk import Walk
from throughline_cli.endpoints import URL_SETTING, Caller
from throughline_cli.options import AsJson
from throughline_cli.session import session_of

_AT_ONCE = 6
"""Calls at the same time: enough to fill two cores, few enough to keep answers quick."""


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    *,
    leads: Annotated[int, typer.Option("--leads", min=1, max=MOST_LEADS)] = 2000,
    days: Annotated[int, typer.Option("--days", min=1, max=DAYS)] = DAYS,
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    began = time.monotonic()
    if URL_SETTING not in session.environment:
        bring_up(session, silent=as_json)
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        stage, company = open_stage(session, leads)
        session.screen.note("demo.setting_up", name=company.name)
        set_up(stage, company, workers)
        book = Book(company)
        if known := book.restore(stage.admin.pages("/v1/leads", "leads", page_size=200)):
            session.screen.note("demo.resuming", count=known)
        walk = Walk(stage, book, workers)
        first, end = beginning(company), beginning(company) + timedelta(days=days)
        with session.screen.progress(session.texts("demo.waiting"), days, silent=as_json) as bar:

            def told(now: datetime) -> None:
                day = min(float(days), max(0.0, (now - first) / timedelta(days=1)))
                bar.to(round(day, 2), text=session.texts("demo.day", day=int(day) + 1))

            now = walk.to(end, told)
        report = Reporter(stage, book, walk.tally, workers).report(utc(now))
    token = session.tokens.of(Caller(stage.tenant_id, ADMIN_SUBJECT))
    elapsed_s = time.monotonic() - began
    view = ReportView(session, stage, report)
    session.screen.show(report.as_json(), lambda: view.show(elapsed_s=elapsed_s, token=token), as_json=as_json)
