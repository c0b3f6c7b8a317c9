"""`import leads|status|undo|errors|directory`: files into the suite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from throughline_cli.failures import Exit
from throughline_cli.gateway import Gateway
from throughline_cli.lead_files.lead_file import LeadFile
from throughline_cli.lead_files.mapping import Mapping
from throughline_cli.lead_import.directory import DirectoryFolder
from throughline_cli.lead_import.leads import IMPORTS, LeadImporter, refused_rows
from throughline_cli.options import AsJson, AsSubject, OfTenant
from throughline_cli.session import Session, new_request_id, session_of
from throughline_cli.times import clock_time

_File = Annotated[Path, typer.Argument(metavar="FILE")]
_ImportId = Annotated[str, typer.Argument(metavar="IMPORT_ID")]
_DryRun = Annotated[bool, typer.Option("--dry-run")]


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = typer.Typer(no_args_is_help=True)
    group.command("leads")(leads)
    group.command("status")(status)
    group.command("undo")(undo)
    group.command("errors")(errors)
    group.command("directory")(directory)
    app.add_typer(group, name="import")


def leads(
    context: typer.Context,
    *,
    file: _File,
    mapping: Annotated[Path, typer.Option("--mapping", metavar="FILE")],
    dry_run: _DryRun = False,
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    texts = session.texts
    with session.screen.progress(texts("import.surveying", file=file.name), None, silent=as_json) as bar:
        importer = _importer(session.gateway(as_subject, tenant), file, mapping)
        bar.to(0, of=importer.survey.rows, text=texts("import.sending", file=file.name))
        done = importer.run(dry_run=dry_run, told=bar.to)
        bar.to(int(done.state["rows"]), of=int(done.state["rows"]))
    shown = {
        **done.state,
        "resumed_at": done.resumed_at,
        "encoding": done.survey.encoding,
        "errors_file": str(done.errors_file) if done.errors_file else "",
    }

    def view() -> None:
        if done.resumed_at > 1:
            session.screen.say("import.resumed", row=done.resumed_at)
        _view(session, done.state)
        if done.errors_file:
            session.screen.say("import.errors_file", path=done.errors_file)

    session.screen.show(shown, view, as_json=as_json)
    if int(done.state["rejected"]):
        raise typer.Exit(Exit.ROWS_REFUSED)


def status(
    context: typer.Context,
    *,
    import_id: _ImportId,
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    state = session.gateway(as_subject, tenant).get(f"{IMPORTS}/{import_id}")["import"]
    session.screen.show(state, lambda: _view(session, state), as_json=as_json)


def undo(
    context: typer.Context,
    *,
    import_id: _ImportId,
    reason: Annotated[str, typer.Option("--reason")],
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    body = {"reason": reason, "request_id": f"import:{import_id}:undo"}
    state = session.gateway(as_subject, tenant).post(f"{IMPORTS}/{import_id}:undo", body)["import"]
    session.screen.show(state, lambda: _view(session, state), as_json=as_json)


def errors(
    context: typer.Context,
    *,
    import_id: _ImportId,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", metavar="FILE")] = None,
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    gateway = session.gateway(as_subject, tenant)
    if file is not None and mapping is not None:
        path = _importer(gateway, file, mapping).errors_of(import_id)
        session.screen.show(
            {"errors_file": str(path)}, lambda: session.screen.say("import.errors_file", path=path), as_json=as_json
        )
        return
    rows = [
        {"row_number": row.number, "reason": row.reason, "detail": row.detail}
        for row in refused_rows(gateway, import_id)
    ]
    columns = [session.texts(f"import.column.{name}") for name in ("row_number", "reason", "detail")]
    session.screen.show(
        rows, lambda: session.screen.table(columns, [list(row.values()) for row in rows]), as_json=as_json
    )


def directory(
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER")],
    dry_run: _DryRun = False,
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    read = DirectoryFolder.read(folder)
    done = read.send(session.gateway(as_subject, tenant), dry_run=dry_run, request_id=new_request_id("directory"))
    session.screen.show(
        done,
        lambda: session.screen.facts([(session.texts(f"directory.{name}"), count) for name, count in done.items()]),
        as_json=as_json,
    )


def _importer(gateway: Gateway, file: Path, mapping: Path) -> LeadImporter:
    rules = Mapping.load(mapping)
    how = rules.file
    return LeadImporter(gateway, LeadFile(file, encoding=how.encoding, separator=how.separator, sheet=how.sheet), rules)


def _view(session: Session, state: dict[str, Any]) -> None:
    texts = session.texts
    counts = ("rows", "created", "joined", "rejected", "undone", "kept")
    session.screen.facts(
        [
            (texts("import.fact.import_id"), state["import_id"]),
            (texts("import.fact.file_name"), state["file_name"]),
            (texts("import.fact.state"), texts.word("import_state", state["state"] or "")),
            (texts("import.fact.started_at"), clock_time(state["started_at"])),
            *((texts(f"import.fact.{name}"), state[name]) for name in counts if name == "rows" or int(state[name])),
        ]
    )
    if state["dry_run"]:
        session.screen.say("import.dry_run")
