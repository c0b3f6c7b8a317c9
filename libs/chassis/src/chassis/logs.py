"""Logs: JSON, one event a line, with trace and tenant, and nothing about people.

Two processors stand between a careless call and the file: keys that name personal data or secrets lose their value,
and text that looks like an e-mail address, a phone number or a token is blotted out wherever it stands, tracebacks
included.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO, cast

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from chassis import context

BLOT = "[removed]"

REFUSED_KEYS = re.compile(
    r"(^|_)(e?mail|phone|mobile|token|body|password|secret|authorization|cookie|payload|credit_code|person_name)s?($|_)",
    re.IGNORECASE,
)
_PERSONAL_TEXT = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail address
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # signed token
    r"|(?<![\w.-])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\w-])"  # mobile phone
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # name and password of a URL
)


def configure(service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Sends all logs of the process, those of libraries included, to `stream` (standard output) as JSON lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _add_request,
        _add_service(service),
    ]
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                remove_personal_data,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These tell of every request they make, in words that are on our spans already.
    for chatty in ("httpx", "httpcore", "kafka", "alembic.runtime.migration", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("kafka.net.transport").addFilter(_is_no_late_read)
    # It warns of every tenth of a second that its thread was kept waiting, which a busy machine does all the time.
    logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> FilteringBoundLogger:
    """A logger: the first argument of its methods names the event, the others are facts by key."""
    return cast("FilteringBoundLogger", structlog.stdlib.get_logger(name))


def remove_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blots out values under refused keys, and text that looks personal, at any depth."""
    return {key: BLOT if REFUSED_KEYS.search(key) else _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return remove_personal_data(None, "", {str(key): inner for key, inner in value.items()})
        case list() | tuple() | set() | frozenset():
            return [_clean(inner) for inner in value]
        case _:
            return _PERSONAL_TEXT.sub(BLOT, str(value))


def _is_no_late_read(record: logging.LogRecord) -> bool:
    """False for the traceback of a read that kafka-python still tries from a socket that it has closed itself."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, AttributeError) and error.name == "recv" and error.obj is None)


def _add_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event.setdefault("trace_id", trace.format_trace_id(span.trace_id))
        event.setdefault("span_id", trace.format_span_id(span.span_id))
    request = context.current_or_none()
    if request is not None:
        event.setdefault("tenant", request.tenant_id)
        event.setdefault("method", request.method)
    return event


def _add_service(service: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add
