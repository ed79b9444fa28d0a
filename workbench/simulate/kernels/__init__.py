"""Compiled loops of the event engine: stateless functions on contiguous arrays.

Every function works on one sample and one window of steps. Spikes travel as events: `start`
(steps + 1) says where each step begins in `index` (unit) and `value` (how many spikes the unit
stands for; 1 unless a pooling summed them). All numbers are integers, so the order of a sum
can never move a spike. The functions release the interpreter lock; samples run in threads.
"""
