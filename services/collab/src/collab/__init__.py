"""Tenants, people and calendars, which every other service follows, and what people are told."""
