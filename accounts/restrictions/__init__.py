"""What limits the use of keys and teams: networks, rates and quotas."""
