"""What browsers see of the servers on this machine, and who sees nothing. Imports nothing of ``local``."""
