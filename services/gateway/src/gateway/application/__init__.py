"""What the gateway does itself rather than passing it on."""
