"""A network at work: its neurons, synapses and spikes, read from a NIR file."""
