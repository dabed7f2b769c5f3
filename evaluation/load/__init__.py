"""How much the service carries, how long its answers take under load, and whether its memory stays what it is."""
