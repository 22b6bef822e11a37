enum PlaceholderWherryService {}
