"""Requests to the outside: where they may go, how they are signed, how they are sent."""
