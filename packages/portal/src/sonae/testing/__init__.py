"""What tests of every slice share: the cast, and helpers that walk the real verbs. The portal never imports it."""
