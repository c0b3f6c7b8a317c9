"""OpenAPI 3.1 out of the contracts: paths of routes, schemas of messages, words of comments, limits of rules."""
