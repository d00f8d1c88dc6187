"""Redis: events out, in order, none lost while there is disk."""
