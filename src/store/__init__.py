"""What is kept on this machine: the attendance log, the station's state, the backend's database."""
