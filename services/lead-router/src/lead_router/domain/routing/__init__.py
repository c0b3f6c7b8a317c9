"""Which rep gets which lead, and why: a pure function over integer arrays.

`decide.py` is the way in. Money is in hundredths of the policy's currency, lifts, shares and taxes are in parts per
million, so that the same inputs give the same bytes on any machine. Floats appear only where tables are published.
"""
