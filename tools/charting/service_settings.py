"""Which settings of a service stand in the values: those of its `Settings` that nothing else in the chart decides."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from copy import copy
from typing import Any

from pydantic import create_model

from charting.model import Model
from chassis.settings import ServiceSettings

BY_CHART = frozenset(
    {
        "environment", "transport", "tls_certificate_file", "tls_key_file", "tls_authority_file", "kafka_bootstrap",
        "kafka_security", "kafka_username", "kafka_authority_file", "kafka_certificate_file", "kafka_key_file",
        "grpc_listen", "probe_listen", "metrics_listen", "http_listen", "peers", "issuers", "client_id", "token_url",
        "otlp_endpoint", "drain_s", "grace_s", "objects_url", "public_url", "trusted_proxies",
        "api_key_signing_key_file", "sealing_key_file",
        "kafka_topic_partitions", "kafka_topic_replicas", "kafka_topic_min_insync_replicas",
    }
)  # fmt: skip
"""Follow from other values."""
SECRET = frozenset(
    {
        "database_url",
        "owner_database_url",
        "client_secret",
        "smtp_url",
        "objects_options",
        "file_ticket_key",
        "kafka_password",
    }
)
"""Come from Secrets alone."""
FOR_DEVELOPMENT = frozenset(
    {
        "kafka_profile",
        "clock_movable",
        "failpoints",
        "issuer_key_file",
        "service_clients",
        "webhook_loopback",
        "workers",
    }
)
"""Refused in production by the services themselves, so the chart does not offer them."""


def settings_type(service: str) -> type[ServiceSettings]:
    """The class by which the service reads its environment."""
    module = importlib.import_module(f"{service.replace('-', '_')}.settings")
    found: type[ServiceSettings] = module.Settings
    return found


def settings_of(service: str) -> type[Model]:
    """A model with what is left, named in camel case: GATEWAY_RATE_PER_S is `ratePerS`."""
    source = settings_type(service)
    texts = {name: text for each in (ServiceSettings, source) for name, text in _docstrings(each).items()}
    fields: dict[str, Any] = {}
    for name, field in source.model_fields.items():
        if name not in BY_CHART | SECRET | FOR_DEVELOPMENT:
            described = copy(field)
            setting = f"{source.model_config.get('env_prefix', '')}{name}".upper()
            described.description = f"{setting}. {texts.get(name, '')}".strip()
            fields[_camel(name)] = (field.annotation, described)
    return create_model(f"{service}Settings", __base__=Model, __doc__="Settings of the service.", **fields)


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)


def _docstrings(source: type) -> dict[str, str]:
    """The text below each attribute, on one line."""
    body = ast.parse(inspect.getsource(source)).body[0]
    texts: dict[str, str] = {}
    if isinstance(body, ast.ClassDef):
        for field, below in zip(body.body, body.body[1:], strict=False):
            is_field = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            if is_field and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                texts[ast.unparse(field).partition(":")[0]] = " ".join(str(below.value.value).split())
    return texts
