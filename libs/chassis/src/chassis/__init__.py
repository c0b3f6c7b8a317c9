"""What every Throughline service needs to run: database, events, timers, gRPC, identity, telemetry."""
