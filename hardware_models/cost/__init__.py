"""Joules and seconds of a mapping."""
