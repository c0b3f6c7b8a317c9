"""Values of one service: its image, its secrets, and its two workloads."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import create_model

from charting.model import Model, described
from charting.service_settings import settings_of

QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?$"
NAME = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
NOT_LATEST: dict[str, Any] = {"not": {"const": "latest"}}
NAME_OR_NONE = r"^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$"


class Requests(Model):
    """What a container asks of its node."""

    cpu: str = described("Share of processors.", "100m", pattern=QUANTITY)
    memory: str = described("Memory.", "256Mi", pattern=QUANTITY)


class Limits(Model):
    """What a container gets at most. Processor time is not limited: a limit would stall calls."""

    memory: str = described("Memory; beyond it the container is killed.", "512Mi", pattern=QUANTITY)


class Resources(Model):
    """Of one container."""

    requests: Requests = described("What it asks of its node.", Requests())
    limits: Limits = described("What it gets at most.", Limits())


class CpuScaling(Model):
    """A HorizontalPodAutoscaler, which then owns the number of replicas."""

    enabled: bool = described("Whether the workload follows its load.", False)
    minReplicas: int = described("Fewest pods.", 2, ge=1)
    maxReplicas: int = described("Most pods.", 10, ge=1)
    targetCpuPercent: int = described(
        "Processor time that is aimed at, in percent of what is requested.", 70, ge=1, le=100
    )


class LagScaling(Model):
    """A KEDA ScaledObject, which then owns the number of replicas."""

    enabled: bool = described("Whether the workload follows the lag of its consumers; needs KEDA.", False)
    minReplicas: int = described("Fewest pods; timers and the outbox want at least one.", 2, ge=1)
    maxReplicas: int = described("Most pods; at most `kafka.partitions`.", 8, ge=1)
    lagThreshold: int = described("Records behind, per pod, beyond which one more is started.", 500, ge=1)
    pollingInterval: int = described("Seconds between two looks.", 15, ge=5)
    fallbackReplicas: int = described("Pods while the broker does not answer KEDA.", 3, ge=1)


class Serve(Model):
    """Pods that answer calls."""

    replicas: int = described("Pods, where no autoscaler owns their number.", 2, ge=1)
    resources: Resources = described("Of each pod.", Resources())
    autoscaling: CpuScaling = described("Pods by processor time.", CpuScaling())
    temporarySpace: str = described("Size limit of /tmp.", "128Mi", pattern=QUANTITY)


class Worker(Model):
    """Pods that run outbox, consumers, timers and jobs."""

    replicas: int = described("Pods, where no autoscaler owns their number.", 2, ge=1)
    resources: Resources = described("Of each pod.", Resources())
    autoscaling: LagScaling = described("Pods by lag.", LagScaling())
    temporarySpace: str = described("Size limit of /tmp.", "128Mi", pattern=QUANTITY)


class ServiceImage(Model):
    """Which image a service runs."""

    repository: str = described("Instead of `<image.registry>/throughline-<service>`.", "")
    tag: str = described("Instead of `image.tag`.", "", pattern=r"^[\w.-]*$", json_schema_extra=NOT_LATEST)
    digest: str = described("Wins over the tag.", "", pattern=r"^(sha256:[0-9a-f]{64})?$")


class Service(Model):
    """What is common to all services."""

    enabled: bool = described("Whether this release carries the service. The others find it all the same.", True)
    image: ServiceImage = described("Its image.", ServiceImage())
    existingSecret: str = described(
        "Its Secret; `<suite>-<service>` when empty. README.md names the keys.", "", pattern=NAME_OR_NONE
    )
    migrationSecret: str = described(
        "Secret with the key `owner-database-url`, for migrations alone; `<suite>-<service>-owner` when empty.",
        "",
        pattern=NAME_OR_NONE,
    )
    accountAnnotations: dict[str, str] = described("Of its ServiceAccount, such as the role of a cloud.", {})
    serve: Serve = described("Pods that answer calls.", Serve())
    worker: Worker = described("Pods that do the rest.", Worker())


_MEMORY = {"gateway": "640Mi", "pipeline": "768Mi", "scoring": "1Gi"}


def service_model(service: str) -> type[Service]:
    """The model of one service, which has settings that the others lack."""
    memory = Resources(requests=Requests(), limits=Limits(memory=_MEMORY.get(service, "512Mi")))
    settings = settings_of(service)
    fields: dict[str, Any] = {
        "serve": (Serve, described("Pods that answer calls.", Serve(resources=memory))),
        "worker": (Worker, described("Pods that do the rest.", Worker(resources=memory))),
        "settings": (settings, described("What else can be set.", settings())),
    }
    return create_model(
        f"{service.title().replace('-', '')}Service", __base__=Service, __doc__=f"The {service}.", **fields
    )


PullPolicy = Literal["Always", "IfNotPresent", "Never"]
