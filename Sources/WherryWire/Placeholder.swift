enum PlaceholderWherryWire {}
