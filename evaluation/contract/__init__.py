"""Whether the interface keeps what its OpenAPI document says: towards older clients, and under odd requests."""
