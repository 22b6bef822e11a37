enum PlaceholderWherryRuntime {}
