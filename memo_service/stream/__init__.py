"""Redis Streams: the way events come in."""
