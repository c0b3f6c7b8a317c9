"""`token`: a token for trying the API by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from throughline_cli.failures import Exit, Failure
from throughline_cli.options import AsJson, AsSubject, OfTenant
from throughline_cli.session import session_of


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("token")(token)


def token(
    context: typer.Context,
    *,
    as_subject: AsSubject = "",
    tenant: OfTenant = "",
    operator: Annotated[bool, typer.Option("--operator")] = False,
    as_json: AsJson = False,
) -> None:
    session = session_of(context)
    if operator and as_subject:
        raise Failure("failure.operator_is_nobody", Exit.USAGE)
    if operator:
        given = {"token": session.tokens.operator(), "subject": f"service:{session.target.client_id}"}
    else:
        caller = session.caller(as_subject, tenant)
        given = {"token": session.tokens.of(caller), "subject": caller.subject, "tenant_id": caller.tenant_id}
    # The bare token, so that it can stand in $(…); who it is for goes beside it.
    session.screen.show(given, lambda: session.screen.line(given["token"]), as_json=as_json)
    if not as_json:
        session.screen.note("token.for", subject=given["subject"], tenant=given.get("tenant_id", "-"))
