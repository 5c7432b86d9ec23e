"""neurogrow: grow recurrent networks whose neurons have a place, and take them to neuromorphic chips."""

__version__ = "0.1.0"
