enum PlaceholderWherryClient {}
