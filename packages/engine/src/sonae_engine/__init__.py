"""Sonae's engine: pure computation over events, without Django, the wire or the network."""
