"""The processes of identity: API, worker, relay and command line."""
