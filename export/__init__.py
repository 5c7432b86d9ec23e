"""From a grown network to the files other tools read, and back: NIR and ONNX, with parity measured from the file."""
