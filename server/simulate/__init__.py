"""Simulated participants: demonstration data, fault simulation, benchmarks."""
