"""Protobuf messages, gRPC stubs and descriptors of every Throughline service."""
