"""What every Throughline service needs to run: database, events, timers, gRPC, identity, telemetry."""

import os

# Read once, when gRPC starts, so it is said before any module can start it. Its handlers run between fork and exec of
# every child process; they are of use only to a child that goes on with its parent's gRPC, which none of ours does, and
# beside a busy server they kill one child in some hundreds by SIGSEGV before it becomes the program it was to be.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
