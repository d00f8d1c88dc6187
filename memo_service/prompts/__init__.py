"""The prompt studio: what citizens and officers hear, who changed it, and who approved it."""
