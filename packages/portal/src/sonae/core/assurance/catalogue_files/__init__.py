"""Catalogues of controls that others publish: OSCAL catalogues and libraries of CISO Assistant, read as data."""
