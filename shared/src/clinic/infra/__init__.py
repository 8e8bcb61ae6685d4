"""Infrastructure shared by the services: pool, event store, feed, relay, subscription, settings."""
