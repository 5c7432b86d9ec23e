"""From a NIR file and its spikes to cores, links and joules on a named chip."""
