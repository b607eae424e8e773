"""The pages of instruments: editions and responses, and answering."""
