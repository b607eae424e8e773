"""Sonae (備え): the portal."""

__version__ = "0.1.0"
