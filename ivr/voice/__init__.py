"""PROCESS: the voice service. It makes the prompt files and is their only writer while the office is up.

No call depends on it: what callers hear are files, made ahead of time (docs/contracts.md, "Voice service").
"""
