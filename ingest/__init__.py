"""From files to a knowledge base: find, read in a confined process, clean, cut into passages, describe, store."""
