"""What the benchmarks share: children, ports, /proc, peers, the signed client, results."""
