"""Prompts: which sentences an office needs, and the sound files they become."""
