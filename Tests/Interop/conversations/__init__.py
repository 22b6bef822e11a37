"""What is talked about, by subject. Each public function is one test, in the order of its file; it gets the world."""
