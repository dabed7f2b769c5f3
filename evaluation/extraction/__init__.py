"""Measures how well text is taken out of files: `python -m evaluation.extraction`."""
