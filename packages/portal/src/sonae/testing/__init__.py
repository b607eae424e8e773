"""What tests of every slice share: the cast, and helpers that walk the real verbs. Never imported by the portal itself."""
