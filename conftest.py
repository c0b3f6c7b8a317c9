"""Loads the fixtures of tests/support for every member's tests; `support.plugin` lists them."""

pytest_plugins = ["support.plugin"]
