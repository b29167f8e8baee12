"""What tests stand on: fakes held to the contract suites, and real parts to start and kill."""
