"""The gRPC face of the service, and its calls of other services."""
