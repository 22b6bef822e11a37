enum PlaceholderWherryTransport {}
