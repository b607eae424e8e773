"""Inventory against advisories: what a text says is affected, and whether a version is within it."""
