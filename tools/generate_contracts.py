"""Generates `libs/contracts/src` from `proto/`: messages, gRPC stubs, types and the descriptor set.

Run by `make proto`. The result depends only on the `.proto` files and the locked tools, so it is written again only
when the digest over both has changed, and a file whose content stays the same keeps its time of modification.
"""

from __future__ import annotations

import argparse
import compileall
import fcntl
import hashlib
import importlib.metadata
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

# The compiler takes a second to load, which an up-to-date workspace should not pay at every `make`.
if TYPE_CHECKING:
    from protobuf import DescFile

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
PACKAGES = ROOT / "libs" / "contracts" / "src"
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))  # where googleapis-common-protos puts google/type/*.proto
TOOLS = Path(sys.executable).parent
STATE = ROOT / "build" / "contracts"
GENERATORS = ("googleapis-common-protos", "grpcio-tools", "mypy-protobuf", "protobuf", "protovalidate")
KEPT = {Path("throughline/__init__.py"), Path("throughline/py.typed")}
VALIDATE = "buf/validate/validate.proto"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--force", action="store_true", help="generate although nothing has changed")
    force = parser.parse_args().force

    with _one_at_a_time():
        sources = sorted(PROTO.rglob("*.proto"))
        digest = _digest(sources)
        done = STATE / "digest"
        if not force and done.is_file() and done.read_text() == digest and _is_complete(sources):
            return
        with tempfile.TemporaryDirectory(dir=STATE) as folder:
            fresh = Path(folder)
            (fresh / "throughline").mkdir()
            _generate([path.relative_to(PROTO).as_posix() for path in sources], fresh)
            _replace(fresh, PACKAGES)
        compileall.compile_dir(PACKAGES, quiet=1)
        done.write_text(digest)
        print(f"proto: generated the contracts of {len(sources)} files")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two calls of `make proto` at once would mix their files."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(sources: list[Path]) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for package in GENERATORS:
        digest.update(f"{package}=={importlib.metadata.version(package)}\n".encode())
    for path in sources:
        digest.update(f"{path.relative_to(PROTO)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_complete(sources: list[Path]) -> bool:
    """False after someone has cleaned away stubs but not the digest."""
    stubs = (PACKAGES / path.relative_to(PROTO).with_name(f"{path.stem}_pb2.py") for path in sources)
    return (PACKAGES / "throughline" / "descriptors.binpb").is_file() and all(stub.is_file() for stub in stubs)


def _generate(sources: list[str], out: Path) -> None:
    # Named by path, so that it works without an activated environment.
    plugins = [f"--plugin={TOOLS / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    _compile(PROTO, [*plugins, f"--python_out={out}", f"--mypy_out=quiet:{out}", *sources, VALIDATE])
    _compile(PROTO, [*plugins, f"--grpc_python_out={out}", f"--mypy_grpc_out=quiet:{out}", *sources])
    write_descriptors(PROTO, out / "throughline" / "descriptors.binpb")
    _make_packages(out)


def write_descriptors(protos: Path, to: Path) -> None:
    """Compiles all files below `protos` into one descriptor set, with imports and comments.

    Raises:
        SystemExit: a file does not compile; protoc has said where.
    """
    sources = [path.relative_to(protos).as_posix() for path in sorted(protos.rglob("*.proto"))]
    _compile(protos, [f"--descriptor_set_out={to}", "--include_imports", "--include_source_info", *sources])


def _compile(protos: Path, arguments: list[str]) -> None:
    import grpc_tools  # noqa: PLC0415
    from grpc_tools import protoc  # noqa: PLC0415

    with tempfile.NamedTemporaryFile(suffix=".binpb") as validate:
        validate.write(_validate_descriptors())
        validate.flush()
        includes = [
            f"--proto_path={protos}",
            f"--proto_path={Path(grpc_tools.__path__[0]) / '_proto'}",
            f"--proto_path={SITE_PACKAGES}",
            f"--descriptor_set_in={validate.name}",
        ]
        if status := protoc.main(["protoc", *includes, *arguments]):
            sys.exit(status)


def _validate_descriptors() -> bytes:
    """`buf/validate/validate.proto` and its imports as a FileDescriptorSet.

    protovalidate ships no `.proto` files, only the compiled descriptors: taking those keeps the rules that we compile
    against equal to the rules that the installed library enforces.
    """
    from google.protobuf.descriptor_pb2 import FileDescriptorSet  # noqa: PLC0415
    from protovalidate._gen.buf.validate import validate_pb  # noqa: PLC0415

    found: dict[str, bytes] = {}

    def visit(file: DescFile) -> None:
        for dependency in file.dependencies:
            visit(dependency)
        found.setdefault(file.name, file.proto.to_binary())

    visit(validate_pb.desc())
    files = FileDescriptorSet()
    for serialized in found.values():
        files.file.add().ParseFromString(serialized)
    return files.SerializeToString(deterministic=True)


def _make_packages(out: Path) -> None:
    """Drops gRPC stubs of files without a service and turns every folder into a typed package."""
    for stub in out.rglob("*_pb2_grpc.py"):
        if "class " not in stub.read_text():
            stub.unlink()
            stub.with_suffix(".pyi").unlink(missing_ok=True)
    for folder in (path for path in out.rglob("*") if path.is_dir()):
        init = folder / "__init__.py"
        if init.relative_to(out) not in KEPT:
            init.touch()
    (out / "buf" / "py.typed").touch()


def _replace(fresh: Path, target: Path) -> None:
    """Makes `target` equal to `fresh` without touching files that are equal already."""
    wanted = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    for path in sorted(target.rglob("*"), reverse=True):
        relative = path.relative_to(target)
        if path.is_dir():
            if not any(child.name != "__pycache__" for child in path.iterdir()):
                shutil.rmtree(path)
        elif relative not in wanted | KEPT and "__pycache__" not in relative.parts:
            path.unlink()
    for relative in wanted:
        source, place = fresh / relative, target / relative
        if not place.is_file() or place.read_bytes() != source.read_bytes():
            place.parent.mkdir(parents=True, exist_ok=True)
            source.replace(place)


if __name__ == "__main__":
    main()
