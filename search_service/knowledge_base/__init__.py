"""The knowledge base on disk: one SQLite catalogue as the truth, immutable generations derived from it."""
