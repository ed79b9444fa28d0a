"""What a network is: layers, activations, the graph, its counts, and the saved file format."""
