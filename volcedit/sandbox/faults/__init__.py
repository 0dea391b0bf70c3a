"""Fault injection: which faults exist, how each one looks, and which edit gets one."""
