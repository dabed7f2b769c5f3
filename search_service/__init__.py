"""Answers German questions from a knowledge base: the core words, the index, the searcher, the API and the page."""
