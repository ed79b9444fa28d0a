"""Pages for visitors: each shows one thing, large, and asks for nothing to be read first."""
