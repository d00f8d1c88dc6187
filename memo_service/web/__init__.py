"""The web's own tools: the event stream, templates, and pages for errors."""
