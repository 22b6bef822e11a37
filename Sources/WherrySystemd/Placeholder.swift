enum PlaceholderWherrySystemd {}
