"""Dashboards and alert rules, made from the names that the suite exports."""
