"""What every Throughline service needs to run: database, events, timers, gRPC, identity, telemetry."""

import os

# Before anything imports gRPC, which reads this once. Its handlers of fork() are on unless told otherwise; uvloop
# starts children by fork(), and about one in a dozen crashed in them before it had become its program: a good file was
# refused for that. No child of ours goes on with the gRPC of its parent.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
