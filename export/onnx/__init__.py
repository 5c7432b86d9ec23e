"""Grown networks as ONNX models that any runtime can stream."""
