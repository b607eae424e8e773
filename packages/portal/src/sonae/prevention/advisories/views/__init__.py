"""The pages: advisories, the texts that wait for a person, sources and imports."""
