"""What a caller hears and keys: prompts, voices, and the PBX configuration as templates."""
