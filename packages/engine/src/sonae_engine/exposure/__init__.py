"""Inventory against advisories: whose product is it, and is it hit?"""
