"""The load test of live channels: a scratch site on loopback, and thousands of sockets."""
