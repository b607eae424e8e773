"""The checklist as the ministry publishes it in Excel, read as a draft of an instrument, without text of our own."""
