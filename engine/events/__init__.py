"""Change events and the stream that delivers them."""
