"""Callbacks: the reply a citizen was promised, from the deadline to the outcome (charter T7, V5)."""
