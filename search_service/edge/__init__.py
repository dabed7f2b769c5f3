"""Between the network and the answers: limits, freshness, records. `layers` says what stands where and why."""
