"""Another model and policy, put in use while the ones before it serve."""
