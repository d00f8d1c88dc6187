"""Scenarios: real calls between virtual citizens and officers, and the truth of them as the phones saw it."""
