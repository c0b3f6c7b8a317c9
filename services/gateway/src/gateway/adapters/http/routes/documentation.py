"""The OpenAPI document, a page for people made from it, and what the types of problems mean. Open to everybody."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response

from chassis.error_texts import catalogue
from gateway.adapters.http.exchange import SCOPE_KEY, Exchange
from gateway.adapters.http.problem import type_of
from gateway.errors import NoSuchAddress
from gateway.transcoding import json_text
from gateway.transcoding.contracts import Contracts

_CACHED = {"cache-control": "public, max-age=300"}
_REASONS = "throughline.common.v1.ErrorReason.ERROR_REASON_"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code{background:#f2f2f2;padding:0 .2em}summary{cursor:pointer}b{display:inline-block;min-width:4em}"
    "details{margin:.3rem 0}table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}"
)


@dataclass(frozen=True, slots=True)
class _Written:
    """The document as it is sent."""

    text: bytes
    tag: str
    page: bytes


def documentation_routes(describe: Callable[[], dict[str, Any]], contracts: Contracts) -> APIRouter:
    """`/openapi.json`, `/docs` and `/problems/{type}`.

    Args:
        describe: makes the document. It is called, and its texts are written, when somebody first asks: that takes
            a third of a second and 15 MB, which a gateway that nobody asks need not spend when it starts.
        contracts: where the words about problems are from.
    """
    router = APIRouter()

    @cache
    def written() -> _Written:
        document = describe()
        text = json_text.dump(document)
        return _Written(text, f'"{hashlib.blake2b(text, digest_size=8).hexdigest()}"', page_of(document).encode())

    # The page brings one style sheet of its own and nothing else, so the policy can name it by its hash.
    policy = f"default-src 'none'; style-src 'sha256-{_digest(_STYLE)}'; frame-ancestors 'none'"

    @router.get("/openapi.json")
    async def openapi(request: Request) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        kept = await asyncio.to_thread(written)
        headers = {**_CACHED, "etag": kept.tag}
        if exchange.headers.get("if-none-match", "") == kept.tag:
            return Response(status_code=304, headers=headers)
        return Response(kept.text, media_type="application/json", headers=headers)

    @router.get("/docs")
    async def docs() -> Response:
        headers = {**_CACHED, "content-security-policy": policy}
        return Response((await asyncio.to_thread(written)).page, media_type="text/html", headers=headers)

    @router.get("/problems/{name}")
    async def problem(name: str) -> Response:
        reason = name.upper().replace("-", "_")
        texts = catalogue().get(reason)
        if texts is None or type_of(reason) != f"/problems/{name}":
            raise NoSuchAddress(f"/problems/{name}")
        about = " ".join(contracts.comment(f"{_REASONS}{reason}").split())
        body = json_text.dump(
            {"reason": reason, "about": about, "texts": {str(locale): said for locale, said in texts.items()}}
        )
        return Response(body, media_type="application/json", headers=_CACHED)

    return router


def page_of(document: Mapping[str, Any]) -> str:
    """A page with all operations by tag; readable without scripts."""
    info = document["info"]
    sections: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for tag in operation.get("tags", ["Other"]):
                sections.setdefault(tag, []).append(_operation(method, path, operation))
    listed = "".join(f"<h2>{escape(tag)}</h2>{''.join(parts)}" for tag, parts in sorted(sections.items()))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"{_paragraphs(info['description'])}"
        f'<p>The whole contract, for tools: <a href="/openapi.json">openapi.json</a>.</p>{listed}</body></html>'
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    named = [parameter for parameter in operation.get("parameters", ()) if "name" in parameter]
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
        f"<td>{escape(each.get('description', ''))}</td></tr>"
        for each in named
    )
    title = f"<b>{method.upper()}</b> <code>{escape(path)}</code> {escape(operation['summary'])}"
    return (
        f"<details><summary>{title}</summary>"
        f"{_paragraphs(operation.get('description', ''))}<table>{rows}</table></details>"
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
