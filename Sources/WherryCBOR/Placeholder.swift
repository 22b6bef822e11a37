enum PlaceholderWherryCBOR {}
