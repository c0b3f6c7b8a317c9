"""What tests of several members share: real PostgreSQL and Kafka, waiting, a clock, a fault proxy.

`support.plugin` makes the fixtures; the root conftest loads it. Everything else is imported by name, for instance
`from support.waiting import eventually`.
"""
