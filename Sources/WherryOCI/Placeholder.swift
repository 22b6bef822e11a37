enum PlaceholderWherryOCI {}
