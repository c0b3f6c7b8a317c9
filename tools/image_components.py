"""What an image consists of, as a CycloneDX document: its Python distributions and its Debian packages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.parser import Parser
from uuid import UUID, uuid5

import container_engine
from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_NAMESPACE = UUID("5d0c3c0e-5a1b-5b7e-8d64-0f4d2a3b6c11")
_METADATA = re.compile(r".*\.dist-info/METADATA$")
_DEBIAN = re.compile(r"(\./)?var/lib/dpkg/(status|status\.d/[^/]+)$")


def components_of(image: str) -> str:
    """The document of a local image, as JSON in the format 1.6; the same image gives the same bytes."""
    about = container_engine.inspected(image)
    labels = about["Config"]["Labels"] or {}
    subject = Component(
        name=labels.get("org.opencontainers.image.title", image),
        version=labels.get("org.opencontainers.image.version", ""),
        type=ComponentType.CONTAINER,
        bom_ref=about["Id"],
    )
    with container_engine.files_of(image) as files:
        texts = [
            (member.name, extracted.read().decode())
            for member in files
            if member.isfile() and (_METADATA.match(member.name) or _DEBIAN.match(member.name))
            if (extracted := files.extractfile(member)) is not None
        ]
    found = [component for name, text in texts for component in _components(name, text)]
    bom = Bom(serial_number=uuid5(_NAMESPACE, about["Id"]), components=found)
    bom.metadata.component = subject
    bom.metadata.timestamp = datetime.fromisoformat(about["Created"][:19] + "+00:00")
    bom.register_dependency(subject, found)
    return JsonV1Dot6(bom).output_as_string(indent=1)


def _components(name: str, text: str) -> Iterator[Component]:
    if _METADATA.match(name):
        fields = Parser().parsestr(text, headersonly=True)
        licence = fields["License-Expression"] or ""
        yield _component("pypi", fields["Name"], fields["Version"], licence)
        return
    for paragraph in re.split(r"\n\n+", text.strip()):
        fields = Parser().parsestr(paragraph, headersonly=True)
        if fields["Package"]:
            yield _component("deb", fields["Package"], fields["Version"], "", fields["Architecture"])


def _component(kind: str, name: str, version: str, licence: str, architecture: str = "") -> Component:
    url = PackageURL(
        kind, "debian" if kind == "deb" else None, name, version, {"arch": architecture} if architecture else None
    )
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=url.to_string(),
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
    )
