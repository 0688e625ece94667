"""What plugs the package into other toolkits; nothing is imported before it is asked for."""
