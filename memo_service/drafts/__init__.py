"""Drafts: what a machine made of a recording, beside it and never instead of it. Off by default."""
