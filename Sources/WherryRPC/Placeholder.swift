enum PlaceholderWherryRPC {}
