"""Chips as data files: figures with unit, evidence and source; and what a network uses of their limits."""
