"""Pages of the preparation of an inspection, and of the forms of the checklist."""
