"""Grown networks as NIR files, and NIR files of any tool as networks."""
