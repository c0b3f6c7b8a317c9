"""Notices as every process of the gateway reads them."""
