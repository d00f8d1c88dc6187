"""The PBX configuration as templates, rendered from the office's data."""
