"""How cores are wired, and which links a spike crosses."""
