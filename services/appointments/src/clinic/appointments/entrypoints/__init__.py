"""The processes: HTTP API, projector, relay, command line."""
