"""Training of lead scorecards: bins, fit, calibration, judgement. Needs numpy; what serves imports none of it."""
