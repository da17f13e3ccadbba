"""Generated music and simulated listeners, for trying the platform without a data set. No stage imports it."""
