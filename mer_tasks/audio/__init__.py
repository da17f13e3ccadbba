"""One audio file at a time: decoding, tags, spectra, fingerprints, clips. Knows nothing of runs, labels or object stores."""
