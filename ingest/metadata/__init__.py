"""What is known about a work, from each place that can tell: sidecar, file properties, title page, the text itself."""
