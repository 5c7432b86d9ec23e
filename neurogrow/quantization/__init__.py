"""Weights in whole numbers: rounding, training on the rounded weights, performance on a chip's arithmetic."""
