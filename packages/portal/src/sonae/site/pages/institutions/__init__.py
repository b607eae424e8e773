"""Pages and API of the register: here, because their doors and templates lie above `core.institutions`."""
