"""How availability is reached: HTTP, worker, relay, import."""
