"""The operations of the service, by subject; each is written once for both clients."""
