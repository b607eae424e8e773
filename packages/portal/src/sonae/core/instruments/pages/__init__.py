"""What the pages of instruments and responses show, put together from queries and rules."""
