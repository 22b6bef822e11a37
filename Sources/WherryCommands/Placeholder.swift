enum PlaceholderWherryCommands {}
