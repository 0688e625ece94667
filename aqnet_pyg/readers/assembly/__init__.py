"""From the rows of any archive to station data: stations, instruments, hourly means, units and checks."""
