"""The suite's contracts, as the descriptor set that ships with them says: services, messages, comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module, resources

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FileDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

PACKAGE = "throughline."


@dataclass(frozen=True)
class Contracts:
    """Descriptors of everything in `throughline.*`, and the comments above each declaration."""

    files: Sequence[FileDescriptor]

    @classmethod
    @cache
    def load(cls) -> Contracts:
        """Reads the descriptor set of the installed contracts and imports the stubs of its files."""
        names = [file.name for file in _ours()]
        for name in names:
            import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
        pool = descriptor_pool.Default()
        return cls([pool.FindFileByName(name) for name in names])

    @cached_property
    def comments(self) -> Mapping[str, str]:
        """By full name, for example `throughline.lead_router.v1.Lead.version`; without the spaces that indent them.

        Read when first asked for: most gateways are never asked what a contract says in words.
        """
        return {name: text for file in _ours() for name, text in _comments(file)}

    @property
    def services(self) -> list[ServiceDescriptor]:
        """All gRPC services."""
        return [service for file in self.files for service in file.services_by_name.values()]

    @property
    def methods(self) -> list[MethodDescriptor]:
        """All methods of all services."""
        return [method for service in self.services for method in service.methods]

    @property
    def messages(self) -> list[Descriptor]:
        """All message types, nested ones included, without the entries of maps."""
        return [found for file in self.files for top in file.message_types_by_name.values() for found in _nested(top)]

    def comment(self, full_name: str) -> str:
        """The comment above a declaration; empty where there is none."""
        return self.comments.get(full_name, "")


def _ours() -> list[FileDescriptorProto]:
    serialized = resources.files("throughline").joinpath("descriptors.binpb").read_bytes()
    return [file for file in FileDescriptorSet.FromString(serialized).file if file.package.startswith(PACKAGE)]


def owner_of(service: ServiceDescriptor) -> str:
    """Name of the service that answers, for example `lead-router`, after its package `throughline.lead_router.v1`."""
    package: str = service.file.package
    return package.split(".")[1].replace("_", "-")


def _nested(descriptor: Descriptor) -> Iterator[Descriptor]:
    if not descriptor.GetOptions().map_entry:
        yield descriptor
    for inner in descriptor.nested_types:
        yield from _nested(inner)


def _comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    for location in file.source_code_info.location:
        if location.leading_comments and (name := _name_at(file, list(location.path))):
            lines = [line.removeprefix(" ").rstrip() for line in location.leading_comments.strip("\n").split("\n")]
            yield f"{file.package}.{name}", "\n".join(lines).strip()


def _name_at(file: FileDescriptorProto, path: Sequence[int]) -> str:
    """Name of the declaration that a path of field numbers and indexes leads to; empty for anything else."""
    names: list[str] = []
    place: object = file
    for number, index in zip(path[::2], path[1::2], strict=False):
        field = place.DESCRIPTOR.fields_by_number[number]  # type: ignore[attr-defined]  # descriptors describe themselves
        if field.message_type is None or not field.is_repeated:
            return ""
        place = getattr(place, field.name)[index]
        names.append(getattr(place, "name", ""))
    return ".".join(names) if len(path) % 2 == 0 and all(names) else ""
