/// A flag's value could not be understood. The verb adds the flag's name.
struct OptionError: Error, Equatable {
  var message: String

  init(_ message: String) {
    self.message = message
  }
}
