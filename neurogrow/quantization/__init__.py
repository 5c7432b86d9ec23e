"""Quantization: rounding weights to integers, training with rounded weights, and performance in integer arithmetic."""
