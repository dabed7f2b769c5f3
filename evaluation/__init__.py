"""Judges the search: measures with their sources, judged sets, quality by channel, latency. The service never imports it."""
