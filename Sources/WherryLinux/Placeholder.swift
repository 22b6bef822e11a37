enum PlaceholderWherryLinux {}
