"""The REST and SSE front door, API keys and webhooks."""
