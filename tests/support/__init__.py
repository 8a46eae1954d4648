"""What tests share: servers, factories, strategies, the leak detector and samples."""
