"""Real servers for the tests: each in a private directory, on a free loopback port, started when first asked for."""
