"""What officers do at their phones alone: codes within a call, and the menu between calls (ADR 0026)."""
