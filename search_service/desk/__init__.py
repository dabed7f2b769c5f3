"""The desk: keys, jobs, uploads and gaps. What the service itself writes, apart from what it answers from."""
