"""Builds local images of PostgreSQL, Apache Kafka and an S3 server, for machines that cannot pull any.

Run by `make server-images`. The same versions that tests run on without containers: PostgreSQL of the locked wheel,
Kafka of `tests/pom.xml`. Needs an engine (`docker/engine start`), and Java and Maven for the jars.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
from pathlib import Path

import container_engine
from build_images import BASES, ROOT, build, make_bases

POSTGRES_IMAGE = "throughline-local/postgres:18"
KAFKA_IMAGE = "throughline-local/kafka:4"
S3_IMAGE = "throughline-local/s3:5"


def main() -> int:
    try:
        make_bases()
        base = {"PYTHON_IMAGE": BASES["PYTHON_IMAGE"]}
        build(POSTGRES_IMAGE, "docker/postgres/Dockerfile", ROOT, base)
        build(S3_IMAGE, "docker/s3/Dockerfile", ROOT, base)
        with tempfile.TemporaryDirectory() as folder:
            context = _kafka_context(Path(folder))
            build(KAFKA_IMAGE, "Dockerfile", context, base)
    except container_engine.EngineFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    for image in (POSTGRES_IMAGE, KAFKA_IMAGE, S3_IMAGE):
        print(f"{image:32} {container_engine.inspected(image)['Size'] / 1e6:5.0f} MB")
    return 0


def _kafka_context(folder: Path) -> Path:
    """The jars are fetched on this machine, whose Maven knows its mirror, and not within the build."""
    sys.path.insert(0, str(ROOT / "tests"))
    kafka_jvm = importlib.import_module("support.kafka_jvm")  # of the tests, which run Kafka from the same jars

    context = folder / "context"
    shutil.copytree(ROOT / "docker" / "kafka", context)
    shutil.copy(ROOT / "tests" / "support" / "log4j2.properties", context)
    shutil.copytree(kafka_jvm.fetched_jars(), context / "jars")
    return context


if __name__ == "__main__":
    sys.exit(main())
