"""Conditions of a policy, evaluated by CEL."""
