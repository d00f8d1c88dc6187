"""Absences: who is away, until when, who stands in; told to the PBX and shown on the directory."""
