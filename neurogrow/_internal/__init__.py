"""What the packages need for themselves and nobody else should import."""
