"""Visitors who wait while an officer is busy: a clock each, kept on the server (charter V2)."""
