"""Files of a service's aggregates: uploaded in pieces, quarantined until checked, kept while something refers to them.

A service makes the tables by `chassis.files.tables.create_file_tables`, wires the desks, and has its aggregates refer
to files by `chassis.files.references`. The bytes pass through the gateway into the object store, not through gRPC.
"""
