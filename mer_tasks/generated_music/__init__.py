"""Generated music and simulated listeners: a data set for trying the platform. No stage may import it."""
