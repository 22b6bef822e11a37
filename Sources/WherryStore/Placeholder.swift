enum PlaceholderWherryStore {}
