"""Errors as `application/problem+json` (RFC 9457), in the caller's language.

`type` is the address of the page that explains the reason. What is not one of our errors becomes a 500 with a fixed
sentence: its text is for our logs alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from chassis import errors
from chassis.error_mapping import FIXED_SENTENCE
from chassis.error_texts import Locale, text
from gateway.errors import MethodNotAllowed, RangeNotSatisfiable, TooLarge, UnsupportedMediaType, VersionRequired
from gateway.transcoding import json_text
from gateway.transcoding.json_text import Json

MEDIA_TYPE = "application/problem+json"

# The first class that fits decides, so subclasses stand before their bases.
_STATUSES: tuple[tuple[type[errors.ThroughlineError], HTTPStatus], ...] = (
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (UnsupportedMediaType, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (RangeNotSatisfiable, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE),
    (VersionRequired, HTTPStatus.PRECONDITION_REQUIRED),
    (MethodNotAllowed, HTTPStatus.METHOD_NOT_ALLOWED),
    (errors.Invalid, HTTPStatus.BAD_REQUEST),
    (errors.KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.NotFound, HTTPStatus.NOT_FOUND),
    (errors.AlreadyExists, HTTPStatus.CONFLICT),
    (errors.Stale, HTTPStatus.PRECONDITION_FAILED),
    (errors.InFlight, HTTPStatus.CONFLICT),
    (errors.Refused, HTTPStatus.CONFLICT),
    (errors.Unauthenticated, HTTPStatus.UNAUTHORIZED),
    (errors.Forbidden, HTTPStatus.FORBIDDEN),
    (errors.Exhausted, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.DeadlineExceeded, HTTPStatus.GATEWAY_TIMEOUT),
    (errors.Unreachable, HTTPStatus.SERVICE_UNAVAILABLE),
)

TITLES: Mapping[int, Mapping[Locale, str]] = {
    400: {"zh-CN": "请求有误", "en": "Invalid request"},
    401: {"zh-CN": "需要登录", "en": "Not authenticated"},
    403: {"zh-CN": "没有权限", "en": "Not allowed"},
    404: {"zh-CN": "找不到", "en": "Not found"},
    405: {"zh-CN": "不支持此方法", "en": "Method not allowed"},
    409: {"zh-CN": "与当前状态冲突", "en": "Conflict with the present state"},
    412: {"zh-CN": "版本已过期", "en": "Stale version"},
    413: {"zh-CN": "内容过大", "en": "Too large"},
    415: {"zh-CN": "不支持的内容类型", "en": "Unsupported media type"},
    416: {"zh-CN": "范围超出内容", "en": "Range not satisfiable"},
    422: {"zh-CN": "幂等键已被使用", "en": "Idempotency key reused"},
    428: {"zh-CN": "缺少版本", "en": "Version required"},
    429: {"zh-CN": "请求过多", "en": "Too many requests"},
    500: {"zh-CN": "内部错误", "en": "Internal error"},
    503: {"zh-CN": "暂时不可用", "en": "Unavailable"},
    504: {"zh-CN": "处理超时", "en": "Timed out"},
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error, ready to be sent."""

    status: int
    document: dict[str, Json]
    headers: dict[str, str]

    @property
    def body(self) -> bytes:
        """The document's text."""
        return json_text.dump(self.document)


def status_of(error: BaseException) -> HTTPStatus:
    """The HTTP status that a caller sees for this error."""
    return next((status for known, status in _STATUSES if isinstance(error, known)), HTTPStatus.INTERNAL_SERVER_ERROR)


def problem_of(
    error: BaseException, locale: Locale, *, instance: str = "", trace_id: str = "", has_token: bool = False
) -> Problem:
    """The problem that tells of an error.

    Args:
        error: any exception.
        locale: language of `title` and `detail`.
        instance: path of the request.
        trace_id: trace under which our logs tell more.
        has_token: whether the caller sent a token, which a 401 then calls invalid.
    """
    status = status_of(error)
    if not isinstance(error, errors.ThroughlineError) or status is HTTPStatus.INTERNAL_SERVER_ERROR:
        error = errors.ThroughlineError(FIXED_SENTENCE)
    document: dict[str, Json] = {
        "type": type_of(error.reason),
        "title": TITLES[status][locale],
        "status": int(status),
        "detail": text(error.reason, error.metadata, locale) or error.message,
        "instance": instance,
        "reason": error.reason,
        "metadata": dict(error.metadata),
        "violations": _violations(error),
        "trace_id": trace_id,
    }
    return Problem(int(status), document, _headers(error, status, has_token=has_token))


def type_of(reason: str) -> str:
    """Address of the page about a reason: `/problems/stale-version`."""
    return f"/problems/{reason.lower().replace('_', '-')}"


def _violations(error: errors.ThroughlineError) -> Json:
    if not isinstance(error, errors.Invalid):
        return []
    return [{"field": fault.field, "reason": fault.reason, "message": fault.message} for fault in error.violations]


def _headers(error: errors.ThroughlineError, status: HTTPStatus, *, has_token: bool) -> dict[str, str]:
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store"}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="throughline"' + (', error="invalid_token"' if has_token else "")
    if isinstance(error, errors.Exhausted) or status is HTTPStatus.SERVICE_UNAVAILABLE:
        after_s = getattr(error, "retry_after_s", 1.0)
        headers["retry-after"] = str(max(1, math.ceil(after_s)))
    if isinstance(error, RangeNotSatisfiable):
        headers["content-range"] = f"bytes */{error.size}"
    if error.reason == "FILE_OFFSET_WRONG":
        headers["upload-offset"] = error.metadata.get("offset", "")
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    return headers
