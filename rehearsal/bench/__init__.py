"""Measurements of speed and memory, as ratios or percentiles of one run; claims live here alone."""
