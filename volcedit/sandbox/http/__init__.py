"""HTTP for the sandbox: server, endpoints, authorization, limits, OpenAPI."""
