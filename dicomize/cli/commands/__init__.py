"""What the commands do, one module each, loaded only by the command that needs it; each function returns an Outcome."""
