"""Helpers for the packages of this project. They are not part of the public interface."""
