"""The pure core: facts in, a call moves on, effects out. No clock, no I/O, no log, no framework."""
