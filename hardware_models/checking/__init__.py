"""An independent check of every mapping; it shares no code with what it checks."""
