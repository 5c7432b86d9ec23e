"""What a chip computes in whole numbers, tick by tick."""
