"""Transfers: the gist that travels ahead of the citizen, and the desk of the officer who passes him on."""
