"""The one error of the build: a source that cannot be used, in German, with the cure."""


class SourceError(Exception):
    """`str(error)` says which source, what is wrong with it and what to do now."""
