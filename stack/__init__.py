"""The stack on one machine: set up, started, stopped. Imports nothing: setup runs before any library is."""
