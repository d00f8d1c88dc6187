"""Memos: what a citizen left, or a colleague noted for an absent officer (charter T6, V5)."""
