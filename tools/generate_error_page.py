"""Writes `docs/errors.md` from the contracts' error reasons and the texts of the chassis.

With `--check` it writes nothing and fails where the page is not what it would write.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from chassis.error_mapping import code_of
from chassis.error_texts import catalogue
from chassis.errors import (
    AlreadyExists,
    DeadlineExceeded,
    Exhausted,
    Forbidden,
    InFlight,
    Invalid,
    KeyReused,
    NotFound,
    Refused,
    Stale,
    ThroughlineError,
    Unauthenticated,
    Unreachable,
)
from chassis.methods import descriptors

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
REASONS = "throughline/common/v1/errors.proto"
PREFIX = "ERROR_REASON_"

KINDS: tuple[tuple[type[ThroughlineError], int, str], ...] = (
    (Invalid, 400, "`BadRequest`: every field that is wrong"),
    (Unauthenticated, 401, ""),
    (Forbidden, 403, ""),
    (NotFound, 404, "`ResourceInfo`"),
    (AlreadyExists, 409, "`ResourceInfo`"),
    (Refused, 409, "`PreconditionFailure`"),
    (InFlight, 409, ""),
    (Stale, 412, ""),
    (KeyReused, 422, ""),
    (Exhausted, 429, "`RetryInfo`"),
    (ThroughlineError, 500, "nothing: it is a fault of ours, told by its trace id"),
    (Unreachable, 503, "`RetryInfo`"),
    (DeadlineExceeded, 504, "`RetryInfo`"),
)

HEAD = """\
# Errors

Written by `tools/generate_error_page.py` from `proto/throughline/common/v1/errors.proto`; do not edit.

Every gRPC status carries `google.rpc.ErrorInfo` with the domain `throughline`, a reason and its metadata, and a
`LocalizedMessage` in the language of the `accept-language` metadata (`zh-CN` or `en`; `zh-CN` where it names neither).
The gateway answers `application/problem+json` with the same reason and metadata.

## Kinds

| kind | gRPC status | HTTP | further detail |
|---|---|---|---|
"""

MIDDLE = """

## Reasons

Words in braces are keys of the metadata.

| reason | when | zh-CN | en |
|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail where the page is out of date")
    page = _page()
    if parser.parse_args().check:
        is_current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page
        if not is_current:
            print(f"{PAGE.name} is out of date: run tools/generate_error_page.py", file=sys.stderr)
        return 0 if is_current else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    return 0


def _page() -> str:
    kinds = [
        f"| {kind.__name__} | {code_of(kind.__new__(kind)).name} | {http} | {detail} |" for kind, http, detail in KINDS
    ]
    reasons = [
        f"| `{reason}` | {comment} | {catalogue()[reason]['zh-CN']} | {catalogue()[reason]['en']} |"
        for reason, comment in _reasons().items()
    ]
    table = (
        "## Reasons\n\nWords in braces are keys of the metadata.\n\n| reason | when | zh-CN | en |\n|---|---|---|---|"
    )
    return HEAD + "\n".join(kinds) + f"\n\n{table}\n" + "\n".join(reasons) + "\n"


def _reasons() -> dict[str, str]:
    """What the contracts say about each reason, in one line."""
    proto: FileDescriptorProto = next(file for file in descriptors().file if file.name == REASONS)
    comments = {
        tuple(place.path): " ".join(place.leading_comments.split()) for place in proto.source_code_info.location
    }
    values = {
        value.name.removeprefix(PREFIX): comments[(5, 0, 2, number)]
        for number, value in enumerate(proto.enum_type[0].value)
    }
    del values["UNSPECIFIED"]
    return values


if __name__ == "__main__":
    sys.exit(main())
