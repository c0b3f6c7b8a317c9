"""`backup`, `restore`: the databases, files and keys of the embedded suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from embedded.backup.faults import BackupFailed, BackupUnusable, StillUp, TargetTaken
from embedded.backup.manifest import Manifest
from embedded.backup.restoring import Restored, check, restore
from embedded.backup.steps import Step
from embedded.backup.taking import back_up
from embedded.credentials import CredentialsLost
from embedded.postgres import PostgresFailed
from embedded.state import FolderUnusable
from embedded.suite import SuiteFailed
from throughline_cli.failures import Exit, Failure
from throughline_cli.options import AsJson
from throughline_cli.session import Session, session_of

_Location = Annotated[Path, typer.Argument(metavar="FOLDER|FILE.tar")]
_MIB = 1 << 20


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    app.command("backup")(backup)
    app.command("restore")(bring_back)


def backup(context: typer.Context, *, location: _Location, as_json: AsJson = False) -> None:
    session = session_of(context)
    if not session.suite.folder.postgres.exists() and not session.suite.endpoints().http:
        raise Failure("failure.never_started", Exit.UNREACHABLE)
    with _watching(session, silent=as_json) as watcher, _told_apart(session, location):
        manifest = back_up(session.suite, location, watcher)

    def view() -> None:
        _show_manifest(session, manifest)
        session.screen.say("backup.done", place=location, size=_mib(manifest.size))
        session.screen.say("backup.keep_secret")

    session.screen.show({"location": str(location), **manifest.model_dump(mode="json")}, view, as_json=as_json)


def bring_back(
    context: typer.Context,
    *,
    location: _Location,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="SERVICE")] = None,
    replace: Annotated[bool, typer.Option("--replace")] = False,
    check_only: Annotated[bool, typer.Option("--check")] = False,
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    services = only or []
    if check_only:
        with _watching(session, silent=as_json) as watcher, _told_apart(session, location):
            manifest = check(session.suite, location, services, watcher)
        session.screen.show(manifest.model_dump(mode="json"), lambda: _show_checked(session, manifest), as_json=as_json)
        return
    with _watching(session, silent=as_json) as watcher, _told_apart(session, location):
        restored = restore(session.suite, location, services, replace=replace, watcher=watcher)
    session.screen.show(_as_json(restored), lambda: _show_restored(session, restored), as_json=as_json)


@contextmanager
def _watching(session: Session, *, silent: bool) -> Iterator[Callable[[Step], None]]:
    texts = session.texts
    with session.screen.progress(texts("backup.starting"), None, silent=silent) as bar:

        def watch(step: Step) -> None:
            text = texts(f"backup.step.{step.kind}", subject=step.subject)
            bar.to(step.done, of=step.of or None, text=text)

        yield watch


@contextmanager
def _told_apart(session: Session, location: Path) -> Iterator[None]:
    """Says in the caller's language why it cannot be done.

    Raises:
        Failure: it cannot.
    """
    try:
        yield
    except BackupUnusable as error:
        details = [session.texts(f"backup.fault.{fault.kind}", **fault.values) for fault in error.faults]
        raise Failure("failure.backup_unusable", Exit.UNREADABLE, {"place": location}, details=details) from error
    except TargetTaken as error:
        raise Failure("failure.target_taken", Exit.CONFLICT, {"what": error.what}) from error
    except StillUp as error:
        raise Failure("failure.still_up", Exit.CONFLICT) from error
    except (BackupFailed, PostgresFailed, FolderUnusable, CredentialsLost, SuiteFailed, OSError) as error:
        raise Failure("failure.backup", Exit.FAILED, {"cause": error}) from error


def _show_manifest(session: Session, manifest: Manifest) -> None:
    screen, texts = session.screen, session.texts
    columns = [texts(f"backup.column.{name}") for name in ("part", "revision", "taken_at", "size")]
    rows: list[tuple[object, ...]] = [
        (each.service, each.revision, f"{each.taken_at:%Y-%m-%d %H:%M:%S.%f %Z}", _mib(each.part.size))
        for each in manifest.databases
    ]
    files = texts("backup.files", count=manifest.files.count)
    screen.table(columns, [*rows, (files, "", "", _mib(manifest.files.part.size))], numbers=(3,))


def _show_checked(session: Session, manifest: Manifest) -> None:
    _show_manifest(session, manifest)
    session.screen.say("restore.checked", id=manifest.id, version=manifest.product_version)


def _show_restored(session: Session, restored: Restored) -> None:
    screen = session.screen
    screen.say("restore.done", services=", ".join(restored.services), id=restored.manifest.id)
    for service, lost in restored.losses.items():
        taken_at = f"{lost.taken_at:%Y-%m-%d %H:%M:%S %Z}"
        screen.say(
            "restore.lost", service=service, taken_at=taken_at, events=len(lost.events), changes=len(lost.changes)
        )
        screen.facts([(f"  {kind}", count) for kind, count in lost.kinds().items()])
        screen.say("restore.replaced", service=service, database=lost.replaced)
    if restored.listed_in is not None:
        screen.say("restore.listed", place=restored.listed_in)
    screen.say("restore.start_next" if restored.tells_by_itself else "restore.tell_next", program=session.program)


def _as_json(restored: Restored) -> dict[str, Any]:
    return {
        "backup_id": restored.manifest.id,
        "services": list(restored.services),
        "lost": {
            service: {
                "taken_at": lost.taken_at.isoformat(),
                "events": len(lost.events),
                "changes": len(lost.changes),
                "kinds": dict(lost.kinds()),
                "replaced_database": lost.replaced,
            }
            for service, lost in restored.losses.items()
        },
        "listed_in": str(restored.listed_in) if restored.listed_in else None,
        "tells_by_itself": restored.tells_by_itself,
    }


def _mib(size: int) -> str:
    return f"{size / _MIB:,.1f} MiB"
