"""Inventory against advisories: whose product is it, and is its version within what a text says is affected?"""
